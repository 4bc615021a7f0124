import { sha256 } from "../digest/index.ts";
import { HarnessError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type {
  ApprovalQuestion,
  JsonObject,
  PendingApproval,
  SessionStatus,
  SessionStore,
  SessionSummary,
  StoredEvent,
} from "../spec/index.ts";
import type { SqliteFile } from "../sqlite/index.ts";
import type { Bell } from "./bell.ts";
import { CHAIN_START, linkHash } from "./event-chain.ts";
import { held } from "./session-id.ts";
import type { SqliteLeases } from "./sqlite-leases.ts";
import { createSqliteSubscribe } from "./sqlite-subscribe.ts";

/** Events that are read in one go. */
const PAGE = 500;

type Row = Readonly<Record<string, unknown>>;

interface ReadsOptions {
  readonly tenant: string;
  readonly bell: Bell;
  readonly leases: SqliteLeases;
  readonly closed: AbortSignal;
}

/** Everything of a store that does not append. */
export function createSqliteReads(
  file: SqliteFile,
  { tenant, bell, leases, closed }: ReadsOptions,
): Omit<SessionStore, "append" | "acquire" | "renew" | "release" | "sweep" | "close"> {
  const { database } = file;
  const page = database.prepare(
    "SELECT seq, v, type, at, data, hash FROM journal WHERE tenant = ? AND session = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT ?",
  );
  const hashAt = database.prepare("SELECT hash FROM journal WHERE tenant = ? AND session = ? AND seq = ?");
  const count = database.prepare("SELECT events FROM sessions WHERE tenant = ? AND session = ?");
  const countOf = (sessionId: string): number => Number(count.get(tenant, sessionId)?.["events"] ?? 0);

  async function* read(sessionId: string, { after = 0 } = {}): AsyncGenerator<StoredEvent> {
    const end = countOf(sessionId);
    let before = after === 0 ? CHAIN_START : String(hashAt.get(tenant, sessionId, after - 1)?.["hash"]);
    for (let next = after; next < end;) {
      const rows = page.all(tenant, sessionId, next, end, PAGE);
      if (rows.length === 0) throw broken(sessionId, next);
      for (const row of rows) {
        const event = readRow(row, { sessionId, seq: next, before });
        before = String(row["hash"]);
        next += 1;
        yield event;
      }
    }
  }

  return {
    read,
    subscribe: createSqliteSubscribe(file, { bell, closed, read, countOf }),
    ...createLists(file, tenant, leases),
    ...createSnapshots(file, tenant),
  };
}

function readRow(
  row: Row,
  { sessionId, seq, before }: { readonly sessionId: string; readonly seq: number; readonly before: string },
): StoredEvent {
  const event = { v: Number(row["v"]), type: String(row["type"]), at: Number(row["at"]) };
  const data = String(row["data"]);
  if (row["seq"] !== seq || linkHash(before, { ...event, data }) !== row["hash"]) throw broken(sessionId, seq);
  // The chain proves that it is what `JSON.stringify` wrote.
  return { ...event, data: JSON.parse(data) as JsonObject };
}

function broken(sessionId: string, seq: number): HarnessError {
  return new HarnessError(
    `Event ${seq} of session ${sessionId} is missing or was changed: the session cannot be used from there on; restore the file, or export and keep what stands before`,
    { code: "session_invalid" },
  );
}

function createLists(
  { database, transact }: SqliteFile,
  tenant: string,
  leases: SqliteLeases,
): Pick<SessionStore, "list" | "find" | "delete" | "pendingApprovals" | "findApproval"> {
  const all = database.prepare(
    "SELECT * FROM sessions WHERE tenant = ? AND events > 0 AND (? IS NULL OR status = ?) ORDER BY updated DESC, session LIMIT ?",
  );
  const one = database.prepare("SELECT * FROM sessions WHERE tenant = ? AND session = ?");
  const waiting = database.prepare(
    "SELECT * FROM approvals WHERE tenant = ? AND is_open = 1 AND (? IS NULL OR session = ?) ORDER BY requested, id LIMIT ?",
  );
  const asked = database.prepare("SELECT * FROM approvals WHERE tenant = ? AND id = ?");
  const removals = ["journal", "approvals", "snapshots"].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE tenant = ? AND session = ?`),
  );
  // The epoch stays: whoever held the deleted session must not write to a new one of the same name.
  const empty = database.prepare(
    `UPDATE sessions SET events = 0, head = '${CHAIN_START}', epoch = epoch + 1, owner = NULL, boot = NULL, lease_until = NULL,
     status = 'ended', title = NULL, parent = NULL WHERE tenant = ? AND session = ?`,
  );
  const summarize = (row: Row): SessionSummary => {
    const holder = leases.holderOf(row);
    const { title, parent } = row;
    return {
      sessionId: String(row["session"]),
      events: Number(row["events"]),
      createdAt: Number(row["created"]),
      updatedAt: Number(row["updated"]),
      // Written by `indexEvent`.
      status: row["status"] as SessionStatus,
      ...(holder === undefined ? {} : { heldBy: holder.owner }),
      ...(typeof title === "string" ? { title: String(JSON.parse(title)) } : {}),
      ...(typeof parent === "string" ? { parent } : {}),
    };
  };
  return {
    async list({ limit = -1, status } = {}) {
      return all.all(tenant, status ?? null, status ?? null, limit).map(summarize);
    },
    async find(sessionId) {
      const row = one.get(tenant, sessionId);
      return row === undefined || row["events"] === 0 ? undefined : summarize(row);
    },
    async delete(sessionId) {
      await transact(() => {
        const holder = leases.holderOf(one.get(tenant, sessionId) ?? {});
        if (holder !== undefined) throw held(sessionId, holder.owner);
        for (const remove of [...removals, empty]) remove.run(tenant, sessionId);
      });
    },
    async pendingApprovals({ sessionId, limit = -1 } = {}) {
      return waiting.all(tenant, sessionId ?? null, sessionId ?? null, limit).map(readApproval);
    },
    async findApproval(id) {
      const row = asked.get(tenant, id);
      return row === undefined ? undefined : readApproval(row);
    },
  };
}

function readApproval(row: Row): PendingApproval {
  return {
    sessionId: String(row["session"]),
    callId: String(row["call"]),
    // Written by `JSON.stringify` of a question.
    question: JSON.parse(String(row["question"])) as ApprovalQuestion,
    requestedAt: Number(row["requested"]),
  };
}

/** Snapshots only save time: one that is damaged counts as none. */
function createSnapshots(
  { database, transact }: SqliteFile,
  tenant: string,
): Pick<SessionStore, "saveSnapshot" | "readSnapshot" | "snapshotEvery"> {
  const save = database.prepare(
    `INSERT INTO snapshots (tenant, session, events, state, hash) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET events = excluded.events, state = excluded.state, hash = excluded.hash
     WHERE excluded.events >= snapshots.events`,
  );
  const select = database.prepare("SELECT * FROM snapshots WHERE tenant = ? AND session = ?");
  return {
    // Reading so many takes 4 ms.
    snapshotEvery: 2000,
    async saveSnapshot(sessionId, { events, state }) {
      await transact(
        () => {
          save.run(tenant, sessionId, events, state, sha256(`${events} ${state}`));
          faultpoint("snapshot-before-commit");
        },
        { durable: false },
      );
    },
    async readSnapshot(sessionId) {
      const row = select.get(tenant, sessionId);
      if (row === undefined) return undefined;
      const snapshot = { events: Number(row["events"]), state: String(row["state"]) };
      return sha256(`${snapshot.events} ${snapshot.state}`) === row["hash"] ? snapshot : undefined;
    },
  };
}
