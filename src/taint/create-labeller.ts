import { addLabels, NO_LABELS } from "../labels/index.ts";
import type { Labeller, LabelSource, PreparedCall } from "../spec/index.ts";
import type { ClassifyOptions, FoundSource } from "./classify-call.ts";

/** What a labeller is made from. */
export interface LabellerOptions extends ClassifyOptions {
  /** Who reads: goes into the sources. @default "main" */
  readonly agent?: string;
  /** Labels that hold from the beginning: of a resumed session, of the parent of a sub-agent. */
  readonly initial?: readonly LabelSource[];
}

/**
 * Makes the keeper of an agent's context labels. A sub-agent's gets `initial: parent.current().sources`, and what
 * the child brought in is added to the parent when the child's result comes back: `parent.add(child.current().sources)`.
 */
export function createLabeller(options: LabellerOptions = {}): Labeller {
  const { agent = "main", initial = [], ...classify } = options;
  let labels = addLabels(NO_LABELS, initial).labels;
  const add = (sources: readonly LabelSource[]): readonly LabelSource[] => {
    const grown = addLabels(labels, sources);
    labels = grown.labels;
    return grown.added;
  };
  const keep = (call: PreparedCall, found: readonly FoundSource[]): readonly LabelSource[] =>
    found.length === 0 ? [] : add(found.map((source) => ({ ...source, agent, toolUseId: call.id })));
  return {
    current: () => labels,
    label(call) {
      if (classifyCall !== undefined) return keep(call, classifyCall(call, classify));
      return load().then((ready) => keep(call, ready(call, classify)));
    },
    add,
  };
}

type Classify = typeof import("./classify-call.ts").classifyCall;

/** The code that reads commands is loaded when the first call is labelled, not before the first message. */
let classifyCall: Classify | undefined;

async function load(): Promise<Classify> {
  ({ classifyCall } = await import("./classify-call.ts"));
  return classifyCall;
}
