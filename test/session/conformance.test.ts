import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { memoryStore, sqliteStore, type StoredEvent, type SessionStore } from "../../src/session/index.ts";
import { sessionStoreConformance, type ConformanceCase } from "../../src/testing/index.ts";
import { expectConforming, expectFaultsFound } from "../testing/run-cases.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-session-"));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

expectConforming(
  "memoryStore()",
  sessionStoreConformance(async () => memoryStore()),
);
expectConforming(
  "sqliteStore()",
  sessionStoreConformance(async () => await sqliteStore(join(folder, `${(count += 1)}.db`))),
);

/** The suite for a memory store with parts that are wrong. */
function withFault(fault: (store: SessionStore) => Partial<SessionStore>): readonly ConformanceCase[] {
  return sessionStoreConformance(async () => {
    const store = memoryStore();
    return { ...store, ...fault(store) };
  });
}

/** Stores that forget the rule about ids, places or copies, as a first draft would. */
function carelessStore({ checks }: { readonly checks: boolean }): SessionStore {
  const none = async (): Promise<never> => {
    throw new Error("not there");
  };
  const sessions = new Map<string, StoredEvent[]>();
  return {
    async append(sessionId, expectedCount, events) {
      const stored = sessions.get(sessionId) ?? [];
      if (checks && stored.length !== expectedCount) throw new Error("conflict");
      stored.push(...events);
      sessions.set(sessionId, stored);
    },
    read: async function* (sessionId) {
      // Live, not as it was when the reading began.
      yield* sessions.get(sessionId) ?? [];
    },
    list: async () =>
      [...sessions.keys()].map((sessionId) => ({
        sessionId,
        events: 0,
        createdAt: 0,
        updatedAt: 0,
        status: "runnable",
      })),
    find: none,
    delete: none,
    acquire: none,
    renew: none,
    release: none,
    sweep: none,
    saveSnapshot: none,
    readSnapshot: none,
    pendingApprovals: none,
    findApproval: none,
    // eslint-disable-next-line require-yield -- it fails before
    subscribe: async function* () {
      await none();
    },
    async close() {
      sessions.clear();
    },
  };
}

describe("sessionStoreConformance()", () => {
  it("finds every fault, and every case of it finds one", async () => {
    let closed = new WeakSet<SessionStore>();
    await expectFaultsFound({
      "keeps nothing": withFault(() => ({ append: async () => {} })),
      "checks no place": sessionStoreConformance(async () => carelessStore({ checks: false })),
      "throws errors without code, reads live": sessionStoreConformance(async () => carelessStore({ checks: true })),
      "gives every session's events": withFault((store) => ({
        read: async function* () {
          for (const { sessionId } of await store.list()) yield* store.read(sessionId);
        },
      })),
      "gives a session to everybody": withFault(() => ({
        acquire: async (sessionId, { owner, ttlMs }) => ({ sessionId, owner, ttlMs, epoch: 1 }),
      })),
      "fences nobody off": withFault((store) => ({
        append: (sessionId, expectedCount, events) => store.append(sessionId, expectedCount, events),
      })),
      "shows what holds no event": withFault(() => ({
        find: async (sessionId) => ({ sessionId, events: 0, createdAt: 0, updatedAt: 0, status: "ended" }),
      })),
      "keeps no snapshot": withFault(() => ({ snapshotEvery: 1, readSnapshot: async () => undefined })),
      "reads from the start": withFault((store) => ({ read: (sessionId) => store.read(sessionId) })),
      "closes once only": withFault((store) => ({
        async close() {
          if (closed.has(store)) throw new Error("closed already");
          closed = closed.add(store);
        },
      })),
    });
  });

  it("closes the store also when a case fails", async () => {
    let open = 0;
    const cases = sessionStoreConformance(async () => {
      open += 1;
      return {
        ...memoryStore(),
        append: () => Promise.reject(new Error("disk full")),
        close: async () => void (open -= 1),
      };
    });
    await expect(cases[0]?.run()).rejects.toThrow();
    expect(open).toBe(0);
  });
});
