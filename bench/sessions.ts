import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { loadSession, openJournal, sqliteStore } from "../src/session/index.ts";
import { systemClock } from "../src/async/index.ts";
import type { Lease, SessionEventBody, SessionStore } from "../src/spec/index.ts";

const APPENDS = 2000;
const SESSIONS = 500;
const EVENTS = 10_000;

/** What sessions cost: an append beside a bare insert into the same kind of file, a resume, many sessions at once. */
export async function measureSessions(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "harness-bench-"));
  try {
    console.log("Sessions in one SQLite file");
    for (const durable of [false, true]) await measureAppend(folder, durable);
    await measureResume(folder);
    await measureMany(folder);
    console.log();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function body(index: number): SessionEventBody {
  return { type: "session-renamed", data: { title: `${index} ${"x".repeat(560)}` } };
}

async function measureAppend(folder: string, durable: boolean): Promise<void> {
  const bare = bareInsert(join(folder, `bare-${durable}.db`), durable);
  const store = await sqliteStore(join(folder, `store-${durable}.db`));
  const lease = (await store.acquire("s", { owner: "bench", ttlMs: 600_000 })) as Lease;
  const append = async (index: number): Promise<void> => {
    const event = { v: 1, type: "note", at: 1, data: { title: `${index} ${"x".repeat(560)}` } };
    await store.append("s", index, [event], { epoch: lease.epoch, durable });
  };
  const costs = { bare: [] as number[], store: [] as number[] };
  // In turns, so that the machine's mood is the same for both.
  for (let index = 0; index < APPENDS; index += 1) {
    costs.bare.push(await timed(async () => bare.insert(index)));
    costs.store.push(await timed(() => append(index)));
  }
  bare.close();
  await store.close();
  const [one, other] = [median(costs.bare), median(costs.store)];
  const name = durable ? "with barrier" : "no barrier";
  console.log(
    `  append of 600 bytes, ${name.padEnd(12)}  bare insert ${one.toFixed(1)} µs   append ${other.toFixed(1)} µs   × ${(other / one).toFixed(2)}`,
  );
}

function bareInsert(path: string, durable: boolean): { insert(index: number): void; close(): void } {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}`);
  database.exec(
    "CREATE TABLE events (session TEXT, seq INTEGER, type TEXT, at INTEGER, data TEXT, PRIMARY KEY (session, seq)) WITHOUT ROWID, STRICT",
  );
  const statement = database.prepare("INSERT INTO events VALUES ('s', ?, 'note', 1, ?)");
  return {
    insert: (index) => void statement.run(index, JSON.stringify({ title: `${index} ${"x".repeat(560)}` })),
    close: () => database.close(),
  };
}

async function measureResume(folder: string): Promise<void> {
  const store = await sqliteStore(join(folder, "resume.db"));
  await fill(store, "s", EVENTS);
  const whole = await timed(
    async () => void (await loadSession({ ...store, snapshotEvery: undefined } as unknown as SessionStore, "s")),
  );
  const resumed = await timed(async () => {
    const journal = await openJournal("s", { store, clock: systemClock, owner: "bench" });
    await journal.close();
  });
  await store.close();
  console.log(
    `  resume of ${EVENTS} events: ${(resumed / 1000).toFixed(1)} ms with a snapshot, ${(whole / 1000).toFixed(1)} ms from all events`,
  );
}

async function fill(store: SessionStore, sessionId: string, count: number): Promise<void> {
  const journal = await openJournal(sessionId, { store, clock: systemClock, owner: "fill" });
  for (let index = 0; index < count; index += 2) {
    const content = [{ type: "text" as const, text: `message ${index} ${"y".repeat(400)}` }];
    await journal.record([{ type: "message-added", data: { message: { role: "user", content } } }, body(index)]);
  }
  await journal.close();
}

async function measureMany(folder: string): Promise<void> {
  const store = await sqliteStore(join(folder, "many.db"));
  const perSession = 20;
  const all = await timed(async () => {
    await Promise.all(Array.from({ length: SESSIONS }, (_value, index) => fill(store, `s${index}`, perSession)));
  });
  const held = (await store.list()).length;
  await store.close();
  if (held !== SESSIONS) throw new Error(`${held} of ${SESSIONS} sessions were kept`);
  const events = SESSIONS * perSession;
  console.log(
    `  ${SESSIONS} sessions at once on one file, ${events} events: ${(all / 1000).toFixed(0)} ms, ${((events * 1e6) / all).toFixed(0)} events/s`,
  );
}

/** Microseconds. */
async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
