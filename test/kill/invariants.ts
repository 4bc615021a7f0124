import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

import { digestJson } from "../../src/digest/index.ts";
import { createFold, loadSession, readEvent, sqliteStore } from "../../src/session/index.ts";
import type { SessionEvent, SessionState, SessionStore } from "../../src/spec/index.ts";
import { digestOf } from "./digest-of.ts";
import { expectStreams } from "./streams.ts";

/** What a tool of the matrix wrote down before it returned. */
export interface Effect {
  readonly toolName: string;
  readonly what: string;
  readonly callId: string;
  readonly idempotencyKey: string;
  readonly durability: string;
  readonly at: number;
}

/** The lines of a file of JSON; none when it is not there. */
export function readLines<Line>(folder: string, file: string): readonly Line[] {
  try {
    const text = readFileSync(join(folder, file), "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  } catch {
    return [];
  }
}

/** The events of a session, as they are read today. */
export async function readEvents(store: SessionStore, sessionId: string): Promise<readonly SessionEvent[]> {
  const events: SessionEvent[] = [];
  for await (const stored of store.read(sessionId)) {
    const event = readEvent(stored, sessionId);
    if (event !== undefined) events.push(event);
  }
  return events;
}

/** Checks what must hold after every fault, of everything in a folder: I1 to I10 of the fault-test plan. */
export async function expectInvariants(folder: string, limits: { readonly maxCost?: number } = {}): Promise<void> {
  const path = join(folder, "harness.db");
  const store = await sqliteStore(path);
  const stranger = await sqliteStore(path, { tenant: "stranger" });
  try {
    const effects = readLines<Effect>(folder, "effects");
    const sessions = await store.list();
    let spent = 0;
    for (const { sessionId, status, parent } of sessions) {
      // I1: read() proves the chain and that no event is missing.
      const events = await readEvents(store, sessionId);
      expectResultsOnce(events, sessionId);
      expectEffectsOnce(events, effects);
      expect(status, `I5: ${sessionId} ended`).toBe("ended");
      const state = await expectSameState(store, sessionId, events);
      if (parent === undefined) spent += state.spent.cost ?? Number.NaN;
      await expectSubscription(store, sessionId, events.length);
      expectStreams(sessionId, events, readLines(folder, "streams"));
      // I10
      expect(await readEvents(stranger, sessionId)).toEqual([]);
      expect(await stranger.find(sessionId)).toBeUndefined();
    }
    expect(await stranger.list()).toEqual([]);
    // I6: what the provider billed is in the books, and the books are within the limit.
    const billed = readLines<{ cost: number }>(folder, "bill").reduce((sum, { cost }) => sum + cost, 0);
    expect(spent + 1e-9, "I6: the books hold the bill").toBeGreaterThanOrEqual(billed);
    if (limits.maxCost !== undefined) expect(billed).toBeLessThanOrEqual(limits.maxCost + 1e-9);
  } finally {
    await store.close();
    await stranger.close();
  }
}

/** I2: one result for each call. */
function expectResultsOnce(events: readonly SessionEvent[], sessionId: string): void {
  const results = events.filter((event) => event.type === "tool-result").map(({ data }) => data.callId);
  expect(new Set(results).size, `I2: one result a call in ${sessionId}`).toBe(results.length);
}

/** I3, I4, I7: an effect that may happen once happened once for each time it was allowed, and never after its result. */
function expectEffectsOnce(events: readonly SessionEvent[], effects: readonly Effect[]): void {
  for (const intent of events.filter((event) => event.type === "tool-intent")) {
    const { callId, idempotencyKey, durability, argsDigest, decision, name } = intent.data;
    const own = effects.filter((effect) => effect.idempotencyKey === idempotencyKey);
    const retries = events.filter(
      ({ type, data }) => type === "tool-outcome-settled" && data.callId === callId && data.resolution === "retry",
    );
    if (durability === "atMostOnce") expect(own.length, `I3: ${callId}`).toBeLessThanOrEqual(1 + retries.length);
    const result = events.find(({ type, data }) => type === "tool-result" && data.callId === callId);
    for (const { what, at } of own) {
      expect(digestJson({ name, args: { what } }), `I7: ${callId} ran with what was allowed`).toBe(argsDigest);
      if (result !== undefined)
        expect(at, `I4: ${callId} did not run after its result`).toBeLessThanOrEqual(result.at + 5);
    }
    expect(decision.effect, `I7: ${callId} was allowed`).toBe("allow");
  }
}

/** I8: from the events alone, from a snapshot on, and once more: the same state. */
async function expectSameState(
  store: SessionStore,
  sessionId: string,
  events: readonly SessionEvent[],
): Promise<SessionState> {
  const fold = createFold();
  for (const event of events) fold.apply(event);
  const loaded = await loadSession({ ...store, snapshotEvery: 1 }, sessionId);
  expect(digestOf(loaded.fold.state), `I8: ${sessionId}`).toBe(digestOf(fold.state));
  return fold.state;
}

/** I9: who subscribes gets every event, in order, once. */
async function expectSubscription(store: SessionStore, sessionId: string, count: number): Promise<void> {
  const seen: unknown[] = [];
  const stop = new AbortController();
  for await (const event of store.subscribe(sessionId, { after: 0, signal: stop.signal })) {
    seen.push(event);
    if (seen.length >= count) break;
  }
  stop.abort();
  const read: unknown[] = [];
  for await (const event of store.read(sessionId)) read.push(event);
  expect(seen, `I9: ${sessionId}`).toEqual(read.slice(0, count));
}
