import type { DatabaseSync } from "node:sqlite";

import { bootId, isProcessDead, ownProcess, type ProcessIdentity } from "../processes/index.ts";
import type { AcquireOptions, Lease, LeaseRefusal, SessionStore } from "../spec/index.ts";
import type { SqliteFile } from "../sqlite/index.ts";
import { CHAIN_START } from "./event-chain.ts";
import { checkSessionId } from "./session-id.ts";

/** What leases are measured by: the same for all processes that share a file. */
export interface LeaseClock {
  /** Milliseconds of a clock that never jumps. */
  now(): number;
  /** Which start of the machine the clock counts from: no lease outlives it. */
  readonly boot: string;
}

/** The clock that Linux and macOS count from the start of the machine: setting the time of day does not move it. */
export function systemLeaseClock(): LeaseClock {
  return { now: () => Number(process.hrtime.bigint() / 1_000_000n), boot: bootId() };
}

type Row = Readonly<Record<string, unknown>>;

/** The leases of a store, and a way to look at one inside a transaction. */
export interface SqliteLeases extends Pick<SessionStore, "acquire" | "renew" | "release" | "sweep"> {
  /** Who holds a session, if its lease lasts and its process may live. */
  holderOf(row: Row): LiveHolder | undefined;
}

/** The holder of a session. */
export interface LiveHolder {
  readonly owner: string;
  readonly heldMs: number;
}

/** Leases in the sessions' own rows. A process of this machine that is dead holds nothing: nobody waits for its time to run out. */
export function createSqliteLeases(
  { database, transact }: SqliteFile,
  { tenant, clock }: { readonly tenant: string; readonly clock: LeaseClock },
): SqliteLeases {
  const extend = database.prepare(
    "UPDATE sessions SET lease_until = ? WHERE tenant = ? AND session = ? AND epoch = ? AND owner IS NOT NULL",
  );
  const free = database.prepare(
    "UPDATE sessions SET owner = NULL, boot = NULL, lease_until = NULL WHERE tenant = ? AND session = ? AND epoch = ?",
  );
  // Without statistics SQLite would rather read every session of the tenant.
  const runnable = database.prepare(
    "SELECT * FROM sessions INDEXED BY to_go_on WHERE tenant = ? AND status = 'runnable' AND events > 0 AND updated <= ? ORDER BY updated",
  );
  const holderOf = (row: Row): LiveHolder | undefined => findHolder(row, clock);
  const grant = createGrant(database, tenant, clock);
  return {
    holderOf,
    async acquire(sessionId, options) {
      checkSessionId(sessionId);
      return await transact(() => grant(sessionId, options), { durable: false });
    },
    async renew({ sessionId, epoch, ttlMs }) {
      const until = clock.now() + ttlMs;
      return await transact(() => extend.run(until, tenant, sessionId, epoch).changes === 1, { durable: false });
    },
    async release({ sessionId, epoch }) {
      await transact(() => void free.run(tenant, sessionId, epoch), { durable: false });
    },
    async sweep({ idleMs, limit }) {
      const rows = runnable.all(tenant, Date.now() - idleMs);
      return rows
        .filter((row) => holderOf(row) === undefined)
        .slice(0, limit)
        .map((row) => String(row["session"]));
    },
  };
}

/** Grants a lease inside a transaction. */
function createGrant(
  database: DatabaseSync,
  tenant: string,
  clock: LeaseClock,
): (sessionId: string, options: AcquireOptions) => Lease | LeaseRefusal {
  const select = database.prepare("SELECT * FROM sessions WHERE tenant = ? AND session = ?");
  const selectHeld = database.prepare("SELECT * FROM sessions WHERE tenant = ? AND owner IS NOT NULL");
  const begin = database.prepare(
    `INSERT OR IGNORE INTO sessions (tenant, session, events, head, epoch, status, created, updated) VALUES (?, ?, 0, '${CHAIN_START}', 0, 'ended', 0, 0)`,
  );
  const take = database.prepare(
    "UPDATE sessions SET epoch = epoch + 1, owner = ?, boot = ?, lease_until = ? WHERE tenant = ? AND session = ? RETURNING epoch",
  );
  const self = ownProcess();
  return (sessionId, { owner, ttlMs, maxHeld }) => {
    begin.run(tenant, sessionId);
    const holder = findHolder(select.get(tenant, sessionId) ?? {}, clock);
    if (holder !== undefined && holder.owner !== owner) {
      return { refused: "held", heldMs: holder.heldMs, heldBy: holder.owner };
    }
    if (maxHeld !== undefined) {
      const others = selectHeld.all(tenant).filter((row) => row["session"] !== sessionId);
      const live = others.map((row) => findHolder(row, clock)).filter((other) => other !== undefined);
      if (live.length >= maxHeld) {
        return { refused: "limit", heldMs: Math.min(...live.map(({ heldMs }) => heldMs)) };
      }
    }
    const stored = JSON.stringify({ ...self, name: owner });
    const row = take.get(stored, clock.boot, clock.now() + ttlMs, tenant, sessionId);
    return { sessionId, owner, epoch: Number(row?.["epoch"]), ttlMs };
  };
}

function findHolder({ owner, boot, lease_until: until }: Row, clock: LeaseClock): LiveHolder | undefined {
  if (typeof owner !== "string" || typeof until !== "number") return undefined;
  const heldMs = until - clock.now();
  if (boot !== clock.boot || heldMs <= 0 || isOwnerDead(owner)) return undefined;
  return { owner: readOwner(owner).name, heldMs };
}

interface StoredOwner extends ProcessIdentity {
  readonly name: string;
}

function readOwner(stored: string): StoredOwner {
  // Written by `grant`.
  return JSON.parse(stored) as StoredOwner;
}

function isOwnerDead(stored: string): boolean {
  const owner = readOwner(stored);
  return owner.pid !== process.pid && isProcessDead(owner);
}
