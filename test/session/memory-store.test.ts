import { describe, expect, it } from "vitest";

import { memoryStore } from "../../src/session/index.ts";
import type { SessionStore } from "../../src/spec/index.ts";

async function perform(store: SessionStore, sessionId: string, stopReason: string): Promise<void> {
  const lease = await store.acquire(sessionId, { owner: sessionId, ttlMs: 1000 });
  if (!("epoch" in lease)) throw new Error("held");
  const { epoch } = lease;
  const created = { v: 1, type: "run-created", at: 1, data: {} };
  await store.append(sessionId, 0, [created, { v: 1, type: "run-ended", at: 2, data: { stopReason } }], { epoch });
  await store.release(lease);
}

async function idsOf(store: SessionStore): Promise<readonly string[]> {
  return (await store.list()).map(({ sessionId }) => sessionId).toSorted();
}

describe("memoryStore()", () => {
  it("forgets the session that ended first when too many have ended", async () => {
    const store = memoryStore({ maxEnded: 2 });
    for (const id of ["a", "b", "c"]) await perform(store, id, "end_turn");
    expect(await idsOf(store)).toEqual(["b", "c"]);
  });

  it("never forgets one that is at work", async () => {
    const store = memoryStore({ maxEnded: 1 });
    await perform(store, "a", "end_turn");
    await store.acquire("a", { owner: "again", ttlMs: 60_000 });
    for (const id of ["b", "c"]) await perform(store, id, "end_turn");
    expect(await idsOf(store)).toEqual(["a", "c"]);
  });

  it("tells that a session is new as long as it holds no events, and never after", async () => {
    const store = memoryStore();
    const taken = { owner: "o", ttlMs: 1000 };
    expect(await store.acquire("a", taken)).toMatchObject({ isNew: true });
    expect(await store.acquire("a", taken)).toMatchObject({ isNew: true });
    await perform(store, "b", "end_turn");
    expect(await store.acquire("b", taken)).not.toHaveProperty("isNew");
  });

  it("keeps all without a limit", async () => {
    const store = memoryStore();
    for (const id of ["a", "b", "c"]) await perform(store, id, "end_turn");
    expect(await idsOf(store)).toEqual(["a", "b", "c"]);
  });
});
