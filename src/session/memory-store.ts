import type { SessionEvent, SessionStore } from "../spec/index.ts";
import { checkSessionId, conflict } from "./session-id.ts";

/** A store that lives as long as the process: the default where no session is asked for. */
export function memoryStore(): SessionStore {
  const sessions = new Map<string, SessionEvent[]>();
  return {
    async append(sessionId, expect, events) {
      const stored = sessions.get(checkSessionId(sessionId)) ?? [];
      if (stored.length !== expect) throw conflict(sessionId, expect, stored.length);
      for (const event of events) stored.push({ ...event, at: Math.round(event.at) });
      // A session begins with its first event.
      if (stored.length > 0) sessions.set(sessionId, stored);
    },
    async *read(sessionId) {
      // A copy: a run may append while its history is read.
      yield* (sessions.get(sessionId) ?? []).slice();
    },
    async list() {
      return [...sessions]
        .map(([sessionId, events]) => ({
          sessionId,
          events: events.length,
          createdAt: events.reduce((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY),
          updatedAt: events.reduce((last, { at }) => Math.max(last, at), 0),
        }))
        .sort((a, b) => b.updatedAt - a.updatedAt || (a.sessionId < b.sessionId ? -1 : 1));
    },
    async close() {
      sessions.clear();
    },
  };
}
