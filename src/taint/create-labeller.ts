import { addLabels, NO_LABELS } from "../labels/index.ts";
import type { ContextLabels, Labeller, LabelSource, PreparedCall } from "../spec/index.ts";
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
  return new ContextLabeller(options);
}

class ContextLabeller implements Labeller {
  readonly #options: LabellerOptions;
  #labels: ContextLabels;

  constructor(options: LabellerOptions) {
    this.#options = options;
    this.#labels = addLabels(NO_LABELS, options.initial ?? []).labels;
  }

  current(): ContextLabels {
    return this.#labels;
  }

  label(call: PreparedCall): readonly LabelSource[] | Promise<readonly LabelSource[]> {
    if (classifyCall !== undefined) return this.#keep(call, classifyCall(call, this.#options));
    return load().then((ready) => this.#keep(call, ready(call, this.#options)));
  }

  add(sources: readonly LabelSource[]): readonly LabelSource[] {
    const grown = addLabels(this.#labels, sources);
    this.#labels = grown.labels;
    return grown.added;
  }

  #keep({ id: toolUseId }: PreparedCall, found: readonly FoundSource[]): readonly LabelSource[] {
    const { agent = "main" } = this.#options;
    return found.length === 0 ? [] : this.add(found.map((source) => ({ ...source, agent, toolUseId })));
  }
}

type Classify = typeof import("./classify-call.ts").classifyCall;

/** The code that reads commands is loaded when the first call is labelled, not before the first message. */
let classifyCall: Classify | undefined;

async function load(): Promise<Classify> {
  ({ classifyCall } = await import("./classify-call.ts"));
  return classifyCall;
}
