import type { DatabaseSync } from "node:sqlite";

import { faultpoint } from "../faults/index.ts";
import type { SessionStatus, StoredEvent } from "../spec/index.ts";
import type { SqliteFile } from "../sqlite/index.ts";
import { CHAIN_START, linkHash } from "./event-chain.ts";
import { indexEvent, type SessionIndex } from "./session-index.ts";
import { conflict, fenced } from "./session-id.ts";

/** Appends inside a transaction of the caller. Gives the row as it is then. */
export type AppendInside = (
  sessionId: string,
  expect: number,
  append: {
    readonly events: readonly StoredEvent[];
    readonly epoch: number | undefined;
    /** The row as the last append of this process left it: looked at again where it is not so any more. */
    readonly known?: Head | undefined;
  },
) => Head;

/** The row of a session, as far as an append needs it. */
export interface Head {
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
    "UPDATE sessions SET status = ?, created = ?, title = ?, parent = ? WHERE tenant = ? AND session = ?",
  );
  // Most events change nothing that is indexed: then SQLite writes no page of an index.
  const advance = database.prepare(
    "UPDATE sessions SET events = ?, head = ?, updated = ? WHERE tenant = ? AND session = ? AND events = ? AND head = ? AND epoch = ?",
  );
  const indexOf = createIndexOf(database, tenant);
  const readHead = (sessionId: string, expect: number, epoch: number | undefined): Head => {
    // The statement selects exactly these columns.
    const found = (select.get(tenant, sessionId) as Head | undefined) ?? NO_HEAD;
    if (epoch !== undefined && epoch !== found.epoch) throw fenced(sessionId);
    if (found.events !== expect) throw conflict(sessionId, expect, found.events);
    return found;
  };
  return (sessionId, expect, { events, epoch, known }) => {
    const move = (before: Head, { head, updated }: Chained): boolean =>
      advance.run(expect + events.length, head, updated, tenant, sessionId, expect, before.head, before.epoch)
        .changes === 1;
    let before = known !== undefined && known.events === expect && known.epoch === epoch ? known : undefined;
    let chained = before === undefined ? undefined : chain(before, events);
    // Somebody else was there: whatever it is, the row tells.
    if (before === undefined || chained === undefined || !move(before, chained)) {
      before = readHead(sessionId, expect, epoch);
      if (events.length === 0) return before;
      if (before === NO_HEAD) begin.run(tenant, sessionId);
      chained = chain(before, events);
      move(before, chained);
    }
    const { rows, head, created, updated } = chained;
    const index = indexOf(sessionId, before);
    for (const { seq, event, at, data, hash } of rows) {
      insert.run(tenant, sessionId, seq, event.v, event.type, at, data, hash);
      indexEvent(event, index);
    }
    const { status, parent = null } = index;
    const title = index.title === undefined ? null : JSON.stringify(index.title);
    const isSame = status === before.status && title === before.title && parent === before.parent;
    if (!isSame || created !== before.created) update.run(status, created, title, parent, tenant, sessionId);
    faultpoint("append-before-commit");
    return { events: expect + events.length, head, epoch: before.epoch, status, created, updated, title, parent };
  };
}

/** Events as rows, each chained to the one before, and what the session's row says after them. */
interface Chained extends Pick<Head, "head" | "created" | "updated"> {
  readonly rows: readonly {
    readonly seq: number;
    readonly event: StoredEvent;
    readonly at: number;
    readonly data: string;
    readonly hash: string;
  }[];
}

function chain(before: Head, events: readonly StoredEvent[]): Chained {
  let { head, created, updated } = before.events === 0 ? { ...NO_HEAD, head: before.head } : before;
  const rows = events.map((event, offset) => {
    const at = Math.round(event.at);
    const data = JSON.stringify(event.data);
    head = linkHash(head, { v: event.v, type: event.type, at, data });
    created = Math.min(created, at);
    updated = Math.max(updated, at);
    return { seq: before.events + offset, event, at, data, hash: head };
  });
  return { rows, head, created, updated };
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
