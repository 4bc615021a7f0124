import type { ApprovalQuestion } from "./approver.ts";
import type { JsonObject } from "./json.ts";

/** How a store takes events. */
export interface AppendEvents {
  (sessionId: string, expect: number, events: readonly StoredEvent[], options?: AppendOptions): Promise<void>;
  /**
   * The same at once, where the store has nothing to wait for. It belongs to this function: a store around another one
   * that has an `append` of its own is not passed by.
   */
  readonly now?: (sessionId: string, expect: number, events: readonly StoredEvent[], options?: AppendOptions) => void;
}

/**
 * The port to sessions: append-only logs of versioned events, and the little beside them that several processes need to
 * work on the same ones. A store shows the sessions of one tenant only. Errors: "session_conflict" (somebody else
 * appended), "session_fenced" (somebody else took the session over), "session_invalid" (it cannot be read or kept).
 */
export interface SessionStore {
  /**
   * Appends all events or none; position, status and waiting questions change in the same transaction. Throws code
   * "session_conflict" when the session does not hold `expect` events, "session_fenced" when `epoch` is not its epoch.
   */
  readonly append: AppendEvents;
  /** The events of a session in order; nothing for a session that does not exist. */
  read(sessionId: string, options?: ReadSessionOptions): AsyncIterable<StoredEvent>;
  /** The sessions, newest first. */
  list(query?: SessionQuery): Promise<readonly SessionSummary[]>;
  /** One session as in a list; `undefined` when there is none. */
  find(sessionId: string): Promise<SessionSummary | undefined>;
  /** Removes a session with everything that belongs to it. Does nothing when there is none. Throws code "session_conflict" while it is held. */
  delete(sessionId: string): Promise<void>;

  /** Takes a session for one owner and fences off all earlier ones, by the store's clock. */
  acquire(sessionId: string, options: AcquireOptions): Promise<Lease | LeaseRefusal>;
  /** Makes a lease last another `ttlMs`; `false` when it is lost. */
  renew(lease: Lease): Promise<boolean>;
  /** Gives a session free. Does nothing when the lease is lost. */
  release(lease: Lease): Promise<void>;
  /** Sessions that have something to do and that nobody holds, the oldest first. */
  sweep(query: { readonly idleMs: number; readonly limit: number }): Promise<readonly string[]>;

  /** After how many events a snapshot is worth its cost; left out where reading all of them costs nothing. */
  readonly snapshotEvery?: number;
  /** Keeps a state so that not every event must be read again. One is kept for each session: the newest. */
  saveSnapshot(sessionId: string, snapshot: SessionSnapshot): Promise<void>;
  readSnapshot(sessionId: string): Promise<SessionSnapshot | undefined>;

  /** The questions that wait for an answer, the oldest first. */
  pendingApprovals(query?: {
    readonly sessionId?: string;
    readonly limit?: number;
  }): Promise<readonly PendingApproval[]>;
  /** A question by its id, also one that was answered; `undefined` when there is none. */
  findApproval(id: string): Promise<PendingApproval | undefined>;
  /** The events from `after` on, those to come included, until `signal` is aborted: then it ends. */
  subscribe(
    sessionId: string,
    options: { readonly after: number; readonly signal: AbortSignal },
  ): AsyncIterable<StoredEvent>;
  close(): Promise<void>;
}

/** An event as a store keeps it: it knows the shapes of few. */
export interface StoredEvent {
  /** The version of the shape of `data`. */
  readonly v: number;
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly data: JsonObject;
}

/** How to append. */
export interface AppendOptions {
  /** The epoch of the writer's lease. Left out by whoever says something from outside: a decision, a cancellation. */
  readonly epoch?: number;
  /** Whether the events must survive a power cut when the promise resolves; a crash of the process they survive always. @default true */
  readonly durable?: boolean;
}

/** Which events to read. */
export interface ReadSessionOptions {
  /** Leaves out so many from the start. @default 0 */
  readonly after?: number;
}

/** Which sessions to list. */
export interface SessionQuery {
  readonly limit?: number;
  readonly status?: SessionStatus;
}

/**
 * `runnable`: has something to do · `suspended`: waits for a person · `ended`: nothing to do until somebody says
 * something. A session that is at work is `runnable` and held.
 */
export type SessionStatus = "runnable" | "suspended" | "ended";

/** A session in a list. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly events: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly status: SessionStatus;
  /** Who works on it, and until when the lease lasts without renewal. */
  readonly heldBy?: string;
  /** Its name, or the beginning of its first prompt. */
  readonly title?: string;
  /** The session of the agent that it works for. */
  readonly parent?: string;
}

/** Who wants a session, and for how long without renewal. */
export interface AcquireOptions {
  /** Unlike every other owner's. */
  readonly owner: string;
  readonly ttlMs: number;
  /** How many sessions of the tenant may be held at once. @default no limit */
  readonly maxHeld?: number;
}

/** The right to write to a session. `epoch` grows with each owner. */
export interface Lease {
  readonly sessionId: string;
  readonly owner: string;
  readonly epoch: number;
  readonly ttlMs: number;
  /** The session held no events when it was taken: nothing need be read. Left out where the store did not look, or found some. */
  readonly isNew?: true;
}

/** Why a session was not given. */
export interface LeaseRefusal {
  readonly refused: "held" | "limit";
  /** Milliseconds after which it is worth trying again. */
  readonly heldMs: number;
  readonly heldBy?: string;
}

/** A state that was folded from the first `events` events. */
export interface SessionSnapshot {
  readonly events: number;
  /** Text that only whoever made it understands. */
  readonly state: string;
}

/** A question that waits. */
export interface PendingApproval {
  readonly sessionId: string;
  readonly callId: string;
  readonly question: ApprovalQuestion;
  readonly requestedAt: number;
}
