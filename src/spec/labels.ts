import type { PreparedCall, ToolOutcome } from "./tool-call.ts";

/** Why something in the context is labelled: content of somebody else, or data that must not get out. */
export type LabelKind = "untrusted" | "private";

/** One thing that came into the context, and where from. */
export interface LabelSource {
  readonly kind: LabelKind;
  /** The tool whose result it was; "prompt" for what the host said of the prompt. */
  readonly tool: string;
  readonly toolUseId?: string;
  readonly agent: string;
  /** Address, path or command, as far as it is known; for people and the record. */
  readonly origin?: string;
  /** What kind of data it is: "pii", "customer", "secret" … */
  readonly dataLabels?: readonly string[];
}

/**
 * What came into an agent's context so far. Labels are only added: what a model has read it may act on ever after.
 * The same for the whole of a session, also after it is resumed; a sub-agent starts with its parent's.
 */
export interface ContextLabels {
  /** Content from outside came in, which may hold instructions of somebody else. */
  readonly isTainted: boolean;
  /** Data that must not get out came in. */
  readonly hasPrivateData: boolean;
  /** Every label of data, sorted. */
  readonly dataLabels: readonly string[];
  /** In the order in which they came; the same source stands once. */
  readonly sources: readonly LabelSource[];
}

/** The port that says what a call brought into the context, and keeps it: one for each agent. */
export interface Labeller {
  current(): ContextLabels;
  /**
   * What a call brought in whose output the model is about to read, as it is known before the filters. Adds the labels
   * and returns those that are new. A throw labels the context as untrusted and private.
   */
  label(call: PreparedCall, outcome: ToolOutcome): readonly LabelSource[] | Promise<readonly LabelSource[]>;
  /** Adds labels that are known otherwise: of a resumed session, of a sub-agent's result. Returns those that are new. */
  add(sources: readonly LabelSource[]): readonly LabelSource[];
}
