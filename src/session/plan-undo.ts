import type { SessionEventBody, SessionState, SessionStore } from "../spec/index.ts";
import { createFold } from "./fold-session.ts";
import { loadSession } from "./load-session.ts";
import { readEvent } from "./migrate-event.ts";

const REASON = "somebody asked for it";

/** The event that undoes the last compaction of a session that is not undone; `undefined` when there is none. */
export async function planUndo(store: SessionStore, sessionId: string): Promise<SessionEventBody | undefined> {
  const { compaction } = (await loadSession(store, sessionId)).fold.state;
  if (compaction !== null) return { type: "compaction-undone", data: { reason: REASON } };
  const restored = await findOlder(store, sessionId);
  return restored === undefined ? undefined : { type: "compaction-undone", data: { reason: REASON, restored } };
}

/** A state holds the last one only; what older ones took out is in the events, and histories only grow in between. */
async function findOlder(store: SessionStore, sessionId: string) {
  const fold = createFold();
  const standing: NonNullable<SessionState["compaction"]>[] = [];
  for await (const stored of store.read(sessionId)) {
    const event = readEvent(stored, sessionId);
    if (event === undefined) continue;
    fold.apply(event);
    if (event.type === "compaction-undone") standing.pop();
    if (event.type === "history-compacted" && fold.state.compaction !== null) standing.push(fold.state.compaction);
  }
  return standing.at(-1);
}
