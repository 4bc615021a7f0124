import type { Clock, Tool, UserQuestion } from "../spec/index.ts";
import type { FileTracker } from "./file-tracker.ts";

/** What the built-in tools of a session share. */
export interface ToolSession {
  readonly tracker: FileTracker;
  readonly clock: Clock;
  readonly checkpointDir: string | undefined;
  readonly ask: AskFunction | undefined;
  readonly deferred: () => readonly Tool[];
  readonly activate: (names: readonly string[]) => void;
}

/** Puts a question to a person: `Approver.ask`. */
export type AskFunction = (question: UserQuestion, options: { readonly signal: AbortSignal }) => Promise<string>;
