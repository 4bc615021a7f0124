import type { ApprovalAnswer } from "./approver.ts";
import type { SessionEventBody } from "./session-event.ts";
import type { ApprovalRecord, CallRecord, SessionState } from "./session-state.ts";

/**
 * The port to the journal of the session that a run writes to. The state changes with `record` only: what a run
 * believes is what the journal says.
 */
export interface Journal {
  readonly state: SessionState;
  /** Grows with every owner of the session. */
  readonly epoch: number;
  /**
   * Appends events, all or none, and folds them into the state. Events from outside that came in between are folded in
   * before: where `unless` says so of the state then, nothing is recorded and the answer is `false`. Throws when the events
   * cannot be kept or another owner has the session: the run must stop, and nothing must happen that was to follow. A
   * store that need not be waited for is not: then the answer is there at once.
   */
  record(events: SessionEventBody | readonly SessionEventBody[], options?: RecordOptions): boolean | Promise<boolean>;
  /** What stands about a call of the open turn. */
  recall(callId: string): CallRecord | undefined;
  /**
   * Records an answer to the question of a call, by the rules of the question: who may approve, and how many must. The
   * first decision counts: a later one is not recorded. Returns the question as it stands then.
   */
  answer(callId: string, answer: ApprovalAnswer): Promise<ApprovalRecord | undefined>;
  /** Throws when the session may belong to another owner by now: to be called right before an effect. */
  assertHeld(): void;
  /** Resolves when `isTrue` holds of the state, by events from outside, too. Rejects with `signal.reason` on abort. */
  until(isTrue: (state: SessionState) => boolean, signal: AbortSignal): Promise<void>;
}

/** How to record. */
export interface RecordOptions {
  /** Whether the events must survive a power cut before anything follows. @default false */
  readonly durable?: boolean;
  /** Looked at before each try. */
  readonly unless?: (state: SessionState) => boolean;
}
