import type { JsonObject } from "../spec/index.ts";
import type { SqliteFile } from "../sqlite/index.ts";
import type { AppendInside } from "./sqlite-append.ts";

/** The tables. Text that users choose is kept as JSON: SQLite cuts plain text off at a NUL. No index holds what every append changes. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS journal (
    tenant TEXT NOT NULL, session TEXT NOT NULL, seq INTEGER NOT NULL, v INTEGER NOT NULL, type TEXT NOT NULL,
    at INTEGER NOT NULL, data TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (tenant, session, seq)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    tenant TEXT NOT NULL, session TEXT NOT NULL, events INTEGER NOT NULL, head TEXT NOT NULL, epoch INTEGER NOT NULL,
    owner TEXT, boot TEXT, lease_until REAL, status TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    title TEXT, parent TEXT, PRIMARY KEY (tenant, session)
  ) WITHOUT ROWID, STRICT;
  DROP INDEX IF EXISTS runnable;
  CREATE INDEX IF NOT EXISTS to_go_on ON sessions (tenant) WHERE status = 'runnable';
  CREATE INDEX IF NOT EXISTS held ON sessions (tenant) WHERE owner IS NOT NULL;
  CREATE TABLE IF NOT EXISTS approvals (
    tenant TEXT NOT NULL, session TEXT NOT NULL, id TEXT NOT NULL, call TEXT NOT NULL, question TEXT NOT NULL,
    requested INTEGER NOT NULL, is_open INTEGER NOT NULL, PRIMARY KEY (tenant, session, id)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX IF NOT EXISTS questions ON approvals (tenant, id);
  CREATE INDEX IF NOT EXISTS waiting ON approvals (tenant, requested) WHERE is_open = 1;
  CREATE TABLE IF NOT EXISTS snapshots (
    tenant TEXT NOT NULL, session TEXT NOT NULL, events INTEGER NOT NULL, state TEXT NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (tenant, session)
  ) WITHOUT ROWID, STRICT`;

/** Brings over what the first version of the file held: one table of events, without tenants. */
export async function adoptOldEvents({ database, transact }: SqliteFile, append: AppendInside): Promise<void> {
  const find = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'events'");
  if (find.get() === undefined) return;
  await transact(() => {
    // Another process may have done it while this one waited.
    if (find.get() === undefined) return;
    const counts = new Map<string, number>();
    for (const row of database.prepare("SELECT * FROM events ORDER BY session, seq").iterate()) {
      const { session, v, type, at, data } = row;
      const sessionId = String(session);
      const count = counts.get(sessionId) ?? 0;
      // The column was written by `JSON.stringify` of an object.
      const parsed = JSON.parse(String(data)) as JsonObject;
      const event = { v: Number(v), type: String(type), at: Number(at), data: parsed };
      append(sessionId, count, { events: [event], epoch: undefined });
      counts.set(sessionId, count + 1);
    }
    database.exec("DROP TABLE events");
  });
}
