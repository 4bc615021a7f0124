import { HarnessError } from "../errors/index.ts";
import type {
  Clock,
  PendingApproval,
  SessionEventBody,
  SessionQuery,
  SessionState,
  SessionStore,
  SessionSummary,
  StoredEvent,
} from "../spec/index.ts";
import { appendOutside } from "./approvals.ts";
import { exportSession } from "./export-session.ts";
import { forkSession, type ForkOptions } from "./fork-session.ts";
import { importSession, type ImportOptions } from "./import-session.ts";
import { loadSession } from "./load-session.ts";
import { planUndo } from "./plan-undo.ts";
import { held } from "./session-id.ts";
import { searchSessions, type SessionMatch } from "./search-sessions.ts";

/** The sessions of a store, for any process that can open it: a run that works on one need not know. */
export interface Sessions {
  /** The newest first. */
  list(query?: SessionQuery): Promise<readonly SessionSummary[]>;
  /** Where a session stands. Throws code "session_not_found" when there is none. */
  show(sessionId: string): Promise<SessionReport>;
  /** Sessions in which a text was said, the newest first; each once, with its first place. */
  search(text: string, options?: { readonly limit?: number }): Promise<readonly SessionMatch[]>;
  /** Copies a session up to a message into a new one and gives its id. Throws code "session_invalid" while calls are open there. */
  fork(sessionId: string, options?: ForkOptions): Promise<string>;
  rename(sessionId: string, title: string): Promise<void>;
  /** Removes a session for good. Throws code "session_conflict" while somebody works on it. */
  delete(sessionId: string): Promise<void>;
  /** Wants the run of a session to end: nothing new begins. One that waits ends when it is gone on with. */
  cancel(sessionId: string, why: { readonly reason: string; readonly by: string }): Promise<void>;
  /** Says something that the model reads at the next border of a turn, or when the session is gone on with. */
  say(sessionId: string, text: string): Promise<void>;
  /**
   * Puts back what the last compaction took out of the history that is not undone yet; `false` when there is none.
   * Throws code "session_conflict" while somebody works on the session.
   */
  undoCompaction(sessionId: string): Promise<boolean>;
  /** The events from `after` on, those to come included, until `signal` is aborted. */
  follow(
    sessionId: string,
    options: { readonly after: number; readonly signal: AbortSignal },
  ): AsyncIterable<StoredEvent>;
  /** A session as lines of JSON, each chained to the one before. */
  export(sessionId: string): AsyncIterable<string>;
  /**
   * Keeps an exported session under its id, or under another. Throws code "session_invalid" with the line from which on
   * the export was changed, torn or reordered, and keeps nothing. That proves that it is whole, not who wrote it: its
   * approvals count for nothing here, and `isForeign` labels its context as content from outside.
   */
  import(lines: Iterable<string> | AsyncIterable<string>, options?: ImportOptions): Promise<string>;
}

/** Where a session stands. */
export interface SessionReport {
  readonly summary: SessionSummary;
  /** The events that this tells of: who goes on with `follow({ after: events })` misses none and gets none twice. */
  readonly events: number;
  /** Is a process at work on it? */
  readonly isHeld: boolean;
  readonly turns: number;
  /** The model's last words. */
  readonly text: string;
  readonly todos: SessionState["todos"];
  readonly spent: SessionState["spent"];
  readonly lastRun: SessionState["run"];
  /** Calls without a result. */
  readonly openCalls: readonly { readonly callId: string; readonly name: string; readonly hasBegun: boolean }[];
  readonly waiting: readonly PendingApproval[];
  readonly subagents: SessionState["subagents"];
}

/** Options of `openSessions`. */
export interface OpenSessionsOptions {
  readonly clock: Clock;
  /** Makes the ids of forks. */
  readonly newId: () => string;
}

/** Opens the sessions of a store. */
export function openSessions(store: SessionStore, { clock, newId }: OpenSessionsOptions): Sessions {
  const append = async (sessionId: string, body: SessionEventBody): Promise<void> => {
    for (;;) {
      const { events } = await findSession(store, sessionId);
      if (await appendOutside(store, sessionId, { expect: events, bodies: [body], at: clock.now() })) return;
    }
  };
  return {
    list: (query) => store.list(query),
    show: (sessionId) => report(store, sessionId),
    search: (text, options) => searchSessions(store, text, options),
    async fork(sessionId, { id = newId(), ...options } = {}) {
      await findSession(store, sessionId);
      return await forkSession(store, sessionId, { ...options, id, at: clock.now() });
    },
    rename: (sessionId, title) => append(sessionId, { type: "session-renamed", data: { title } }),
    async delete(sessionId) {
      await findSession(store, sessionId);
      await store.delete(sessionId);
    },
    cancel: (sessionId, { reason, by }) => append(sessionId, { type: "cancel-requested", data: { reason, by } }),
    say: (sessionId, text) =>
      append(sessionId, { type: "steering-received", data: { id: newId(), content: [{ type: "text", text }] } }),
    async undoCompaction(sessionId) {
      for (;;) {
        const { events, heldBy } = await findSession(store, sessionId);
        // A run at work has its history in requests and in a vendor's cache.
        if (heldBy !== undefined) throw held(sessionId, heldBy);
        const body = await planUndo(store, sessionId);
        if (body === undefined) return false;
        if (await appendOutside(store, sessionId, { expect: events, bodies: [body], at: clock.now() })) return true;
      }
    },
    follow: (sessionId, options) => store.subscribe(sessionId, options),
    export: (sessionId) => exportSession(store, sessionId),
    import: (lines, options) => importSession(store, lines, { ...options, at: clock.now() }),
  };
}

/** A session that must be there: throws code "session_not_found". */
async function findSession(store: SessionStore, sessionId: string): Promise<SessionSummary> {
  const found = await store.find(sessionId);
  if (found !== undefined) return found;
  throw new HarnessError(`There is no session ${JSON.stringify(sessionId.slice(0, 130))}`, {
    code: "session_not_found",
  });
}

async function report(store: SessionStore, sessionId: string): Promise<SessionReport> {
  const summary = await findSession(store, sessionId);
  const { fold, events } = await loadSession(store, sessionId);
  const { state } = fold;
  const open = (state.openTurn?.calls ?? []).filter(({ result }) => result === null);
  return {
    summary,
    events,
    isHeld: summary.heldBy !== undefined,
    turns: state.turn,
    text: lastText(state),
    todos: state.todos,
    spent: state.spent,
    lastRun: state.run,
    openCalls: open.map(({ callId, part, intent }) => ({ callId, name: part.name, hasBegun: intent !== null })),
    waiting: await store.pendingApprovals({ sessionId }),
    subagents: state.subagents,
  };
}

function lastText({ messages }: SessionState): string {
  for (const message of messages.toReversed()) {
    if (message.role !== "assistant") continue;
    const text = message.content.map((part) => (part.type === "text" ? part.text : "")).join("");
    if (text !== "") return text;
  }
  return "";
}
