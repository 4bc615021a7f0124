import type { JsonObject } from "./json.ts";

/**
 * The port to sessions: append-only logs of versioned events. History, usage and todo list are folds over them.
 */
export interface SessionStore {
  /** Appends all events or none. Throws code "session_conflict" when the session does not hold `expect` events. */
  append(sessionId: string, expect: number, events: readonly SessionEvent[]): Promise<void>;
  /** All events of a session in order; nothing for a session that does not exist. */
  read(sessionId: string): AsyncIterable<SessionEvent>;
  list(): Promise<readonly SessionSummary[]>;
  close(): Promise<void>;
}

/** An event of a session. `v` is the version of its shape. */
export interface SessionEvent {
  readonly v: 1;
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly data: JsonObject;
}

/** A session in a list, newest first. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly events: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}
