import type { DatabaseSync } from "node:sqlite";

import { faultpoint } from "../faults/index.ts";
import type { SessionStatus, StoredEvent } from "../spec/index.ts";
import type { SqliteFile } from "../sqlite/index.ts";
import { CHAIN_START, linkHash } from "./event-chain.ts";
import { indexEvent, type SessionIndex } from "./session-index.ts";
import { conflict, fenced } from "./session-id.ts";

/** Appends inside a transaction of the caller. */
export type AppendInside = (
  sessionId: string,
  expect: number,
  append: { readonly events: readonly StoredEvent[]; readonly epoch: number | undefined },
) => void;

/** The row of a session, as far as an append needs it. */
interface Head {
  readonly events: number;
  readonly head: string;
  readonly epoch: number;
  readonly status: SessionStatus;
  readonly created: number;
  readonly updated: number;
  readonly title: string | null;
  readonly parent: string | null;
}

const NO_HEAD: Head = {
  events: 0,
  head: CHAIN_START,
  epoch: 0,
  status: "ended",
  created: Number.MAX_SAFE_INTEGER,
  updated: 0,
  title: null,
  parent: null,
};

/** Prepares the statements of an append once. */
export function createSqliteAppend({ database }: SqliteFile, tenant: string): AppendInside {
  const select = database.prepare(
    "SELECT events, head, epoch, status, created, updated, title, parent FROM sessions WHERE tenant = ? AND session = ?",
  );
  const insert = database.prepare(
    "INSERT INTO journal (tenant, session, seq, v, type, at, data, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const begin = database.prepare(
    `INSERT INTO sessions (tenant, session, events, head, epoch, status, created, updated) VALUES (?, ?, 0, '${CHAIN_START}', 0, 'ended', 0, 0)`,
  );
  const update = database.prepare(
    "UPDATE sessions SET events = ?, head = ?, status = ?, created = ?, updated = ?, title = ?, parent = ? WHERE tenant = ? AND session = ?",
  );
  // Most events change nothing that is indexed: then SQLite writes no page of an index.
  const advance = database.prepare(
    "UPDATE sessions SET events = ?, head = ?, updated = ? WHERE tenant = ? AND session = ?",
  );
  const indexOf = createIndexOf(database, tenant);
  return (sessionId, expect, { events, epoch }) => {
    // The statement selects exactly these columns.
    const found = select.get(tenant, sessionId) as Head | undefined;
    const before = found ?? NO_HEAD;
    if (epoch !== undefined && epoch !== before.epoch) throw fenced(sessionId);
    if (before.events !== expect) throw conflict(sessionId, expect, before.events);
    if (events.length === 0) return;
    if (found === undefined) begin.run(tenant, sessionId);
    const index = indexOf(sessionId, before);
    let { head, created, updated } = before.events === 0 ? { ...NO_HEAD, head: before.head } : before;
    for (const [offset, event] of events.entries()) {
      const { v, type } = event;
      const at = Math.round(event.at);
      const data = JSON.stringify(event.data);
      head = linkHash(head, { v, type, at, data });
      insert.run(tenant, sessionId, expect + offset, v, type, at, data, head);
      indexEvent(event, index);
      created = Math.min(created, at);
      updated = Math.max(updated, at);
    }
    const count = expect + events.length;
    const { status, parent = null } = index;
    const title = index.title === undefined ? null : JSON.stringify(index.title);
    const isSame = status === before.status && title === before.title && parent === before.parent;
    if (isSame && created === before.created) advance.run(count, head, updated, tenant, sessionId);
    else update.run(count, head, status, created, updated, title, parent, tenant, sessionId);
    faultpoint("append-before-commit");
  };
}

/** The index of a session as its events change it, in the same transaction. */
function createIndexOf(database: DatabaseSync, tenant: string): (sessionId: string, head: Head) => SessionIndex {
  const open = database.prepare("INSERT OR REPLACE INTO approvals VALUES (?, ?, ?, ?, ?, ?, 1)");
  const close = database.prepare("UPDATE approvals SET is_open = 0 WHERE tenant = ? AND session = ? AND id = ?");
  const has = database.prepare("SELECT 1 FROM approvals WHERE tenant = ? AND session = ? AND id = ? AND is_open = 1");
  return (sessionId, { status, title, parent }) => ({
    status,
    title: title === null ? undefined : String(JSON.parse(title)),
    parent: parent ?? undefined,
    approvals: {
      has: (id) => has.get(tenant, sessionId, id) !== undefined,
      open: (id, { callId, question, requestedAt }) =>
        void open.run(tenant, sessionId, id, callId, JSON.stringify(question), Math.round(requestedAt)),
      close: (id) => void close.run(tenant, sessionId, id),
    },
  });
}
