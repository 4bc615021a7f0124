import assert from "node:assert/strict";

import type { StoredEvent, SessionStore } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { HOLDING_CASES, type StoreCase } from "./session-holding-conformance.ts";

/**
 * What every `SessionStore` must do. `open` gives a new, empty store for each case; the case closes it. The cases know
 * no test runner: `for (const { name, run } of sessionStoreConformance(open)) test(name, run)`.
 */
export function sessionStoreConformance(open: () => Promise<SessionStore>): readonly ConformanceCase[] {
  return CASES.map(([name, check]) => ({
    name,
    async run() {
      const store = await open();
      try {
        await check(store);
      } finally {
        await store.close();
      }
    },
  }));
}

const BAD_IDS = ["", ".", "..", "../x", "a/b", "a\\b", "a b", "a\0", "a\n", "é", "x".repeat(129)];

const CASES: readonly StoreCase[] = [
  ["append() refuses a session id that is no name, and keeps nothing", refusesBadIds],
  ["append() refuses when the session does not hold as many events as expected", refusesConflicts],
  ["append() lets one of several writers at the same place through", letsOneWriterThrough],
  ["append() of nothing makes no session", appendsNothing],
  ["read() gives nothing for a session that does not exist", readsNothing],
  ["read() gives all events in order, as they were", readsInOrder],
  ["read() is not disturbed by an append meanwhile", readsWhileAppending],
  ["read() may be left early", readsPartly],
  ["read() keeps sessions apart", keepsApart],
  ["list() tells every session, newest first", listsNewestFirst],
  ["close() may be called twice", async (store) => await store.close()],
  ...HOLDING_CASES,
];

async function refusesBadIds(store: SessionStore): Promise<void> {
  for (const id of BAD_IDS) {
    await assert.rejects(store.append(id, 0, [event(1)]), { code: "session_invalid" }, JSON.stringify(id));
  }
  await store.append("x".repeat(128), 0, [event(1)]);
  assert.equal((await store.list()).length, 1);
}

async function refusesConflicts(store: SessionStore): Promise<void> {
  await assert.rejects(store.append("a", 1, [event(1)]), { code: "session_conflict" });
  await assert.rejects(store.append("a", -1, [event(1)]), { code: "session_conflict" });
  await store.append("a", 0, [event(1), event(2)]);
  await assert.rejects(store.append("a", 0, [event(3)]), { code: "session_conflict" });
  await assert.rejects(store.append("a", 1, [event(3)]), { code: "session_conflict" });
  assert.deepEqual(await readAll(store, "a"), [event(1), event(2)]);
  await store.append("a", 2, [event(3)]);
  assert.equal((await readAll(store, "a")).length, 3);
}

async function letsOneWriterThrough(store: SessionStore): Promise<void> {
  const writes = Array.from({ length: 20 }, (_value, index) => store.append("a", 0, [event(index), event(index)]));
  const results = await Promise.allSettled(writes);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  for (const result of results) if (result.status === "rejected") assert.equal(result.reason.code, "session_conflict");
  assert.equal((await readAll(store, "a")).length, 2);
}

async function appendsNothing(store: SessionStore): Promise<void> {
  await store.append("a", 0, []);
  assert.deepEqual(await store.list(), []);
  await assert.rejects(store.append("a", 1, []), { code: "session_conflict" });
}

async function readsNothing(store: SessionStore): Promise<void> {
  await store.append("a", 0, [event(1)]);
  for (const id of ["b", "__proto__", "constructor", "A", ...BAD_IDS]) assert.deepEqual(await readAll(store, id), []);
}

async function readsInOrder(store: SessionStore): Promise<void> {
  const odd: StoredEvent = {
    v: 1,
    type: "message",
    at: 1_700_000_000_123,
    data: {
      text: "a\0b \u{1f600} \u2028 \ud800",
      empty: {},
      list: [null, true, -0.5, 1e300],
      "": "x",
      big: "y".repeat(2 ** 20),
    },
  };
  const many = Array.from({ length: 500 }, (_value, index) => event(index));
  await store.append("a", 0, [odd]);
  await store.append("a", 1, many);
  await store.append("__proto__", 0, [odd]);
  assert.deepEqual(await readAll(store, "a"), [odd, ...many]);
  assert.deepEqual(await readAll(store, "__proto__"), [odd]);
}

async function readsWhileAppending(store: SessionStore): Promise<void> {
  await store.append("a", 0, [event(1), event(2), event(3)]);
  const seen: StoredEvent[] = [];
  for await (const stored of store.read("a")) {
    seen.push(stored);
    await store.append("a", 2 + seen.length, [event(9)]);
    if (seen.length > 3) break;
  }
  assert.deepEqual(seen, [event(1), event(2), event(3)]);
  assert.equal((await readAll(store, "a")).length, 6);
}

async function readsPartly(store: SessionStore): Promise<void> {
  await store.append("a", 0, [event(1), event(2)]);
  for await (const stored of store.read("a")) {
    assert.deepEqual(stored, event(1));
    break;
  }
  await store.append("a", 2, [event(3)]);
  assert.equal((await readAll(store, "a")).length, 3);
}

async function keepsApart(store: SessionStore): Promise<void> {
  await store.append("a", 0, [event(1)]);
  await store.append("A", 0, [event(2)]);
  await store.append("a-b_1", 0, [event(3)]);
  assert.deepEqual(await readAll(store, "a"), [event(1)]);
  assert.deepEqual(await readAll(store, "A"), [event(2)]);
  assert.deepEqual(await readAll(store, "a-b_1"), [event(3)]);
}

async function listsNewestFirst(store: SessionStore): Promise<void> {
  assert.deepEqual(await store.list(), []);
  await store.append("old", 0, [event(100)]);
  await store.append("new", 0, [event(200)]);
  await store.append("older", 0, [event(50)]);
  await store.append("old", 1, [event(300), event(400)]);
  assert.deepEqual(
    [...(await store.list())],
    [
      { sessionId: "old", events: 3, createdAt: 100, updatedAt: 400, status: "ended" },
      { sessionId: "new", events: 1, createdAt: 200, updatedAt: 200, status: "ended" },
      { sessionId: "older", events: 1, createdAt: 50, updatedAt: 50, status: "ended" },
    ],
  );
}

function event(at: number): StoredEvent {
  return { v: 1, type: "note", at, data: { number: at } };
}

async function readAll(store: SessionStore, sessionId: string): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const stored of store.read(sessionId)) events.push(stored);
  return events;
}
