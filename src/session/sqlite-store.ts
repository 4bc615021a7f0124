import { HarnessError } from "../errors/index.ts";
import type { JsonObject, SessionEvent, SessionStore } from "../spec/index.ts";
import { openSqliteFile, type SqliteFile } from "../sqlite/index.ts";
import { checkSessionId, conflict } from "./session-id.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    session TEXT NOT NULL, seq INTEGER NOT NULL, v INTEGER NOT NULL, type TEXT NOT NULL,
    at INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (session, seq)
  ) WITHOUT ROWID, STRICT`;

/**
 * A store in one SQLite file (`node:sqlite`, WAL): survives the process; several processes of one machine may share it.
 * Folder and file are made where they are missing, for their owner only. Call `close()` at the end. Throws code
 * "session_invalid" for a file that cannot be opened or is no database.
 */
export async function sqliteStore(path: string): Promise<SessionStore> {
  return openStore(await openSqliteFile(path, { schema: SCHEMA, errorCode: "session_invalid", what: "session file" }));
}

function openStore(file: SqliteFile): SessionStore {
  const { database } = file;
  // Not `count(*)`, which would read the whole session again with every append.
  const next = database.prepare("SELECT seq + 1 AS n FROM events WHERE session = ? ORDER BY seq DESC LIMIT 1");
  const insert = database.prepare("INSERT INTO events (session, seq, v, type, at, data) VALUES (?, ?, ?, ?, ?, ?)");
  const select = database.prepare("SELECT v, type, at, data FROM events WHERE session = ? ORDER BY seq");
  const summary = database.prepare(
    "SELECT session, count(*) AS n, min(at) AS first, max(at) AS last FROM events GROUP BY session ORDER BY last DESC, session",
  );
  const appendAll = (sessionId: string, expect: number, events: readonly SessionEvent[]): void => {
    const found = Number(next.get(sessionId)?.["n"] ?? 0);
    if (found !== expect) throw conflict(sessionId, expect, found);
    for (const [index, { v, type, at, data }] of events.entries()) {
      insert.run(sessionId, expect + index, v, type, Math.round(at), JSON.stringify(data));
    }
  };
  return {
    async append(sessionId, expect, events) {
      checkSessionId(sessionId);
      await file.transact(() => appendAll(sessionId, expect, events));
    },
    async *read(sessionId) {
      for (const row of select.all(sessionId)) yield readRow(row, sessionId);
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
      file.close();
    },
  };
}

function readRow(row: Record<string, unknown>, sessionId: string): SessionEvent {
  if (row["v"] !== 1) {
    const message = `Session ${sessionId} was written by a newer version of harness-agent (events of version ${String(row["v"])}): update the package`;
    throw new HarnessError(message, { code: "session_invalid" });
  }
  // The column was written by `JSON.stringify` of an object above.
  const data = JSON.parse(String(row["data"])) as JsonObject;
  return { v: 1, type: String(row["type"]), at: Number(row["at"]), data };
}
