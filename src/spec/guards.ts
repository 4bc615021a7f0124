import type { ToolOutcomeType } from "./tool-call.ts";

/** The port to what watches how an agent behaves: tools that keep failing, and rates that are not its own. */
export interface Guards {
  /** Why a tool must be left alone for now; `undefined` when it may be called. */
  admit(tool: string): string | undefined;
  /** A tool call that was admitted ended. */
  noteToolCall(agent: string, call: WatchedToolCall): void;
  /** A model call was charged, in USD; `undefined` when its price is not known. */
  noteModelCall(agent: string, call: { readonly cost: number | undefined; readonly isFailed: boolean }): void;
  /** Something odd that nobody was told of yet; asked after each turn. */
  take(agent: string): GuardSignal | undefined;
}

/** What a guard looks at of a tool call. */
export interface WatchedToolCall {
  readonly name: string;
  readonly outcome: ToolOutcomeType;
  readonly isError: boolean;
  /** What the model reads of it. */
  readonly text: string;
}

/** What is to happen when something is odd: tell, ask a person before going on, or end the run. */
export type GuardAction = "warn" | "pause" | "stop";

/** Something odd. */
export interface GuardSignal {
  /** The rule's name: "calls_per_minute", "error_rate", "spend_per_minute", "tool_failures" … */
  readonly guard: string;
  readonly action: GuardAction;
  readonly reason: string;
  /** What was measured, and what it was measured against. */
  readonly value: number;
  readonly limit: number;
}
