import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import type { JsonObject, SessionEvent, SessionStore } from "../spec/index.ts";
import { checkSessionId, conflict } from "./session-id.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    session TEXT NOT NULL, seq INTEGER NOT NULL, v INTEGER NOT NULL, type TEXT NOT NULL,
    at INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (session, seq)
  ) WITHOUT ROWID, STRICT`;

/**
 * A store in one SQLite file (`node:sqlite`, WAL): survives the process; several processes of one machine may share it.
 * The folder is made when it is missing, for its owner only. Call `close()` at the end.
 */
export async function sqliteStore(path: string): Promise<SessionStore> {
  const { DatabaseSync: Database } = await import("node:sqlite");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Database(path, { timeout: 2000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  database.exec(SCHEMA);
  return openStore(database);
}

function openStore(database: DatabaseSync): SessionStore {
  const count = database.prepare("SELECT count(*) AS n FROM events WHERE session = ?");
  const insert = database.prepare("INSERT INTO events (session, seq, v, type, at, data) VALUES (?, ?, ?, ?, ?, ?)");
  const select = database.prepare("SELECT v, type, at, data FROM events WHERE session = ? ORDER BY seq");
  const summary = database.prepare(
    "SELECT session, count(*) AS n, min(at) AS first, max(at) AS last FROM events GROUP BY session ORDER BY last DESC",
  );
  const appendAll = (sessionId: string, expect: number, events: readonly SessionEvent[]): void => {
    const found = Number(count.get(sessionId)?.["n"] ?? 0);
    if (found !== expect) throw conflict(sessionId, expect, found);
    for (const [index, { v, type, at, data }] of events.entries()) {
      insert.run(sessionId, expect + index, v, type, Math.round(at), JSON.stringify(data));
    }
  };
  return {
    async append(sessionId, expect, events) {
      checkSessionId(sessionId);
      database.exec("BEGIN IMMEDIATE");
      try {
        appendAll(sessionId, expect, events);
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    async *read(sessionId) {
      for (const row of select.all(sessionId)) yield readRow(row);
    },
    async list() {
      return summary.all().map((row) => ({
        sessionId: String(row["session"]),
        events: Number(row["n"]),
        createdAt: Number(row["first"]),
        updatedAt: Number(row["last"]),
      }));
    },
    async close() {
      database.close();
    },
  };
}

function readRow(row: Record<string, unknown>): SessionEvent {
  // The column was written by `JSON.stringify` of an object above; `v` is 1 in every version so far.
  const data = JSON.parse(String(row["data"])) as JsonObject;
  return { v: 1, type: String(row["type"]), at: Number(row["at"]), data };
}
