import { HarnessError } from "../errors/index.ts";
import type { SessionEvent, SessionState, SessionStore } from "../spec/index.ts";
import { createFold, type SessionFold } from "./fold-session.ts";
import { readEvent } from "./migrate-event.ts";

/** A session as it stands in a store. */
export interface LoadedSession {
  readonly fold: SessionFold;
  /** How many events it holds. */
  readonly events: number;
  /** How many of them a kept snapshot covers. */
  readonly snapshotEvents: number;
}

/** A session without events. */
export function newSession(): LoadedSession {
  return { fold: createFold(), events: 0, snapshotEvents: 0 };
}

/** The version of the state in snapshots: another one is folded anew. */
const STATE_VERSION = 3;

/**
 * Folds a session, from its snapshot on where it has one. Throws code "session_invalid" for events that were changed or
 * are of a newer version.
 */
export async function loadSession(store: SessionStore, sessionId: string): Promise<LoadedSession> {
  const snapshot = store.snapshotEvery === undefined ? undefined : await store.readSnapshot(sessionId);
  const kept = snapshot === undefined ? undefined : parseState(snapshot.state);
  const fold = createFold(kept);
  const snapshotEvents = kept === undefined || snapshot === undefined ? 0 : snapshot.events;
  let events = snapshotEvents;
  for await (const stored of store.read(sessionId, { after: snapshotEvents })) {
    events += 1;
    const event = readEvent(stored, sessionId);
    if (event !== undefined) applyOrExplain(fold, event, { sessionId, position: events - 1 });
  }
  return { fold, events, snapshotEvents };
}

/** The state as a snapshot keeps it. */
export function writeState(state: SessionState): string {
  return JSON.stringify({ version: STATE_VERSION, state });
}

function parseState(text: string): SessionState | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isKnown =
      typeof parsed === "object" && parsed !== null && "version" in parsed && parsed.version === STATE_VERSION;
    // Written by `writeState` of this version; the store's hash proves that it is whole.
    return isKnown && "state" in parsed ? (parsed.state as SessionState) : undefined;
  } catch {
    return undefined;
  }
}

/** A host, or whoever made an export, may write events of our types in a wrong shape. */
export function applyOrExplain(
  fold: SessionFold,
  event: SessionEvent,
  { sessionId, position }: { readonly sessionId: string; readonly position: number },
): void {
  try {
    fold.apply(event);
  } catch (cause) {
    const message = `Event ${position} of session ${sessionId} (${event.type}) cannot be read: it was not written by harness-agent`;
    throw new HarnessError(message, { code: "session_invalid", cause });
  }
}
