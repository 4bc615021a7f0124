import { matchGlob } from "../shell/index.ts";
import type { Check, CheckAnswer, ContextLabels, Isolation, LabelKind, PreparedCall } from "../spec/index.ts";
import { leadsOut } from "./leads-out.ts";

/** What a taint check is made from. */
export interface TaintCheckOptions {
  /** The network of the place where commands run: where there is none, a command cannot carry anything out. @default "unconfined" */
  readonly network?: Isolation["network"];
  /** Tools (globs) that may always be used, such as one that writes into a system of your own. */
  readonly trustedTools?: readonly string[];
  /** Hosts to which data may always be sent; a host stands for its subdomains too. */
  readonly trustedHosts?: readonly string[];
}

const NONE: CheckAnswer = { effect: "none", basis: "default", reason: "No private data meets content from outside" };

/**
 * Makes the check of the rule of two: of content from outside, private data and a way out, an agent may have two without
 * a person. With all three together somebody must look, whatever rules allow: whoever wrote the content could have told
 * the model to send the data. Source: "Agents Rule of Two" (Meta, 2025).
 */
export function createTaintCheck(options: TaintCheckOptions = {}): Check {
  const { network = "unconfined", trustedTools = [], trustedHosts = [] } = options;
  return {
    check(call, { labels }) {
      if (!labels.isTainted || !labels.hasPrivateData) return NONE;
      if (trustedTools.some((glob) => matchGlob(glob, call.tool.name))) return NONE;
      const way = leadsOut(call, { network, trustedHosts });
      return way === undefined
        ? NONE
        : { effect: "ask", basis: "rule", rule: "rule-of-two", reason: explain(call, labels, way) };
    },
  };
}

function explain({ tool }: PreparedCall, labels: ContextLabels, way: string): string {
  const untrusted = firstSource(labels, "untrusted");
  const secret = firstSource(labels, "private");
  return `${tool.name} ${way}, private data was read (${secret}) and content from outside was read (${untrusted}), which may have asked for this`;
}

function firstSource({ sources }: ContextLabels, wanted: LabelKind): string {
  const found = sources.find(({ kind }) => kind === wanted);
  if (found === undefined) return "not recorded";
  return found.origin === undefined ? found.tool : `${found.tool} ${found.origin}`;
}
