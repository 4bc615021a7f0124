import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { Lease, LeaseRefusal, SessionStore, StoredEvent } from "../../spec/index.ts";

/** A case of the suite for session stores: what holding, answering and following a session must do. */
export type StoreCase = readonly [name: string, check: (store: SessionStore) => Promise<void>];

export const HOLDING_CASES: readonly StoreCase[] = [
  ["acquire() gives a session to one of several owners", givesOnce],
  ["acquire() gives a session again when it is released or its time is over, with a higher epoch", givesAgain],
  ["acquire() refuses more sessions than may be held", countsHeld],
  ["acquire() of a session without events shows none", acquiresNothing],
  ["append() of an owner that lost the session is refused, and keeps nothing", fencesOff],
  ["append() from outside needs no epoch, and only the right place", appendsOutside],
  ["renew() tells a lease that is lost", renews],
  ["delete() removes everything of a session, and refuses one that is held", deletes],
  ["sweep() finds what has something to do and nobody holds", sweeps],
  ["find() tells status, title and holder", finds],
  ["pendingApprovals() tells the questions that wait, findApproval() also those that are answered", tellsApprovals],
  ["an answer that comes before its run paused leaves something to do", keepsAwake],
  ["saveSnapshot() keeps the newest", keepsSnapshots],
  ["subscribe() gives what is there and what comes, once and in order, until it is stopped", follows],
  ["subscribe() misses nothing, at whatever moment it comes", missesNothing],
  ["read() begins after the events that it is told to leave out", readsAfter],
];

function event(type: string, data: StoredEvent["data"] = {}, at = 1): StoredEvent {
  return { v: 1, type, at, data };
}

function granted(lease: Lease | LeaseRefusal): Lease {
  assert.ok("epoch" in lease, `refused: ${"refused" in lease ? lease.refused : ""}`);
  return lease;
}

const TTL = { ttlMs: 60_000 };

async function givesOnce(store: SessionStore): Promise<void> {
  const owners = Array.from({ length: 10 }, (_value, index) => store.acquire("a", { owner: `o${index}`, ...TTL }));
  const answers = await Promise.all(owners);
  assert.equal(answers.filter((answer) => "epoch" in answer).length, 1);
  for (const answer of answers) {
    if ("epoch" in answer) continue;
    assert.equal(answer.refused, "held");
    assert.ok(answer.heldMs > 0 && answer.heldMs <= TTL.ttlMs, "says how long it is held");
  }
  granted(await store.acquire("b", { owner: "o1", ...TTL }));
  await assert.rejects(store.acquire("../x", { owner: "o", ...TTL }), { code: "session_invalid" });
}

async function givesAgain(store: SessionStore): Promise<void> {
  const first = granted(await store.acquire("a", { owner: "one", ...TTL }));
  await store.release(first);
  const second = granted(await store.acquire("a", { owner: "two", ttlMs: 30 }));
  assert.ok(second.epoch > first.epoch);
  await store.release(first);
  await sleep(60);
  const third = granted(await store.acquire("a", { owner: "three", ...TTL }));
  assert.ok(third.epoch > second.epoch);
}

async function countsHeld(store: SessionStore): Promise<void> {
  const first = granted(await store.acquire("a", { owner: "one", ...TTL, maxHeld: 2 }));
  granted(await store.acquire("b", { owner: "one", ...TTL, maxHeld: 2 }));
  const refusal = await store.acquire("c", { owner: "one", ...TTL, maxHeld: 2 });
  assert.ok("refused" in refusal && refusal.refused === "limit" && refusal.heldMs > 0);
  await store.release(first);
  granted(await store.acquire("c", { owner: "one", ...TTL, maxHeld: 2 }));
}

async function acquiresNothing(store: SessionStore): Promise<void> {
  granted(await store.acquire("a", { owner: "one", ...TTL }));
  assert.deepEqual(await store.list(), []);
  assert.equal(await store.find("a"), undefined);
  assert.deepEqual(await store.sweep({ idleMs: 0, limit: 9 }), []);
}

async function fencesOff(store: SessionStore): Promise<void> {
  const first = granted(await store.acquire("a", { owner: "one", ...TTL }));
  await store.append("a", 0, [event("note")], { epoch: first.epoch });
  await store.release(first);
  const second = granted(await store.acquire("a", { owner: "two", ...TTL }));
  await assert.rejects(store.append("a", 1, [event("note")], { epoch: first.epoch }), { code: "session_fenced" });
  await store.append("a", 1, [event("note")], { epoch: second.epoch, durable: false });
  assert.equal((await store.find("a"))?.events, 2);
}

async function appendsOutside(store: SessionStore): Promise<void> {
  const lease = granted(await store.acquire("a", { owner: "one", ...TTL }));
  await store.append("a", 0, [event("note")], { epoch: lease.epoch });
  await store.append("a", 1, [event("cancel-requested")]);
  await assert.rejects(store.append("a", 1, [event("note")], { epoch: lease.epoch }), { code: "session_conflict" });
}

async function renews(store: SessionStore): Promise<void> {
  let first: Lease;
  let ttlMs = 30;
  // On a busy machine a short lease may be over before it is renewed.
  for (;;) {
    first = granted(await store.acquire("a", { owner: "one", ttlMs }));
    if (await store.renew({ ...first, ttlMs: 60_000 })) break;
    assert.ok(ttlMs < 10_000, "a lease that is held is renewed");
    await sleep(2 * ttlMs);
    ttlMs *= 4;
  }
  await sleep(2 * ttlMs);
  assert.ok("refused" in (await store.acquire("a", { owner: "two", ...TTL })));
  await store.release(first);
  assert.equal(await store.renew(first), false);
  granted(await store.acquire("a", { owner: "two", ...TTL }));
  assert.equal(await store.renew(first), false);
}

async function deletes(store: SessionStore): Promise<void> {
  const lease = granted(await store.acquire("a", { owner: "one", ...TTL }));
  await store.append("a", 0, [event("note"), asks("q1")], { epoch: lease.epoch });
  await assert.rejects(store.delete("a"), { code: "session_conflict" });
  await store.release(lease);
  await store.delete("a");
  await store.delete("a");
  assert.deepEqual(await store.list(), []);
  assert.deepEqual(await store.pendingApprovals(), []);
  for await (const left of store.read("a")) assert.fail(`an event is left: ${left.type}`);
  const again = granted(await store.acquire("a", { owner: "two", ...TTL }));
  assert.ok(again.epoch > lease.epoch, "a deleted session's owner gets nothing of a new one");
  await store.append("a", 0, [event("note")], { epoch: again.epoch });
}

async function sweeps(store: SessionStore): Promise<void> {
  const said = event("message-added", { message: { role: "user", content: [{ type: "text", text: "Hi" }] } });
  await store.append("waits", 0, [said, event("run-ended", { stopReason: "paused" })]);
  await store.append("ended", 0, [said, event("run-ended", { stopReason: "end_turn" })]);
  await store.append("crashed", 0, [event("run-created"), said]);
  await store.append("held", 0, [said]);
  granted(await store.acquire("held", { owner: "one", ...TTL }));
  assert.deepEqual(await store.sweep({ idleMs: 0, limit: 9 }), ["crashed"]);
  await store.append("waits", 2, [event("cancel-requested")]);
  await store.append("ended", 2, [event("steering-received")]);
  assert.deepEqual((await store.sweep({ idleMs: 0, limit: 9 })).toSorted(), ["crashed", "ended", "waits"]);
  assert.equal((await store.sweep({ idleMs: 0, limit: 1 })).length, 1);
}

async function finds(store: SessionStore): Promise<void> {
  const said = event("message-added", { message: { role: "user", content: [{ type: "text", text: "Hi\0 there" }] } });
  await store.append("a", 0, [event("run-created", { parent: "p" }), said]);
  assert.partialDeepStrictEqual(await store.find("a"), { status: "runnable", title: "Hi\0 there", parent: "p" });
  const lease = granted(await store.acquire("a", { owner: "one", ...TTL }));
  assert.equal((await store.find("a"))?.heldBy, "one");
  assert.deepEqual(await store.list({ status: "ended" }), []);
  assert.equal((await store.list({ status: "runnable", limit: 1 })).length, 1);
  await store.release(lease);
  assert.equal((await store.find("a"))?.heldBy, undefined);
  assert.equal(await store.find("b"), undefined);
}

/** As far as a store needs to know a question. */
function asks(id: string): StoredEvent {
  return event("approval-requested", { callId: "1.0", question: { id, name: "Pay\0", args: { amount: 5 } } }, 5);
}

async function tellsApprovals(store: SessionStore): Promise<void> {
  await store.append("a", 0, [asks("q1"), asks("q2")]);
  await store.append("b", 0, [asks("q3")]);
  assert.equal((await store.pendingApprovals()).length, 3);
  assert.equal((await store.pendingApprovals({ limit: 1 })).length, 1);
  const [first] = await store.pendingApprovals({ sessionId: "b" });
  assert.partialDeepStrictEqual(first, { sessionId: "b", callId: "1.0", requestedAt: 5 });
  assert.partialDeepStrictEqual(first?.question, { id: "q3", name: "Pay\0", args: { amount: 5 } });
  for (const [index, type] of ["approval-decided", "approval-expired"].entries()) {
    await store.append("a", 2 + index, [event(type, { id: `q${index + 1}`, callId: "1.0" })]);
  }
  assert.deepEqual(await store.pendingApprovals({ sessionId: "a" }), []);
  assert.equal((await store.findApproval("q1"))?.sessionId, "a");
  assert.equal(await store.findApproval("q9"), undefined);
}

async function keepsAwake(store: SessionStore): Promise<void> {
  await store.append("a", 0, [asks("q1"), event("run-ended", { stopReason: "paused", waitsFor: ["q1"] })]);
  assert.equal((await store.find("a"))?.status, "suspended");
  await store.append("b", 0, [asks("q2"), event("approval-decided", { id: "q2", callId: "1.0" })]);
  await store.append("b", 2, [event("run-ended", { stopReason: "paused", waitsFor: ["q2"] })]);
  assert.equal((await store.find("b"))?.status, "runnable");
}

async function keepsSnapshots(store: SessionStore): Promise<void> {
  await store.append("a", 0, [event("note"), event("note")]);
  if (store.snapshotEvery === undefined) return;
  assert.equal(await store.readSnapshot("a"), undefined);
  await store.saveSnapshot("a", { events: 2, state: '{"two":2}' });
  await store.saveSnapshot("a", { events: 1, state: '{"one":1}' });
  assert.deepEqual(await store.readSnapshot("a"), { events: 2, state: '{"two":2}' });
  assert.equal(await store.readSnapshot("b"), undefined);
}

async function follows(store: SessionStore): Promise<void> {
  await store.append("a", 0, [event("note", { n: 0 }), event("note", { n: 1 })]);
  const stop = new AbortController();
  const seen: unknown[] = [];
  using patience = openPatience();
  const signal = AbortSignal.any([stop.signal, patience.signal]);
  const reading = (async () => {
    for await (const { data } of store.subscribe("a", { after: 1, signal })) {
      seen.push(data["n"]);
      if (seen.length === 4) stop.abort();
    }
  })();
  // Whatever fails first is told.
  reading.catch(() => {});
  for (let place = 2; place < 5; place += 1) {
    await store.append("a", place, [event("note", { n: place })]);
    await store.append("b", place - 2, [event("note", { n: 100 })]);
    await sleep(5);
  }
  await reading;
  assert.deepEqual(seen, [1, 2, 3, 4]);
}

/** Between the look at what is there and the wait for what comes there may be moments in which nobody listens. */
async function missesNothing(store: SessionStore): Promise<void> {
  for (let moments = 0; moments < 20; moments += 1) await missesNothingAfter(store, moments);
}

async function missesNothingAfter(store: SessionStore, moments: number): Promise<void> {
  const session = `s${moments}`;
  await store.append(session, 0, [event("first")]);
  using patience = openPatience();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { type } of store.subscribe(session, { after: 0, signal: patience.signal })) {
      seen.push(type);
      if (type === "second") return;
    }
  })();
  for (let moment = 0; moment < moments; moment += 1) await Promise.resolve();
  await store.append(session, 1, [event("second")]);
  await reading;
  assert.deepEqual(seen, ["first", "second"], `appended ${moments} moments after the beginning`);
}

/**
 * A store that tells nothing must not hold the suite: aborted after three seconds. They are counted by turns of the event
 * loop, so that a machine which leaves this process no time does not use them up.
 */
function openPatience(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
    if (turns === 300) controller.abort(new Error("The store tells nothing"));
  }, 10);
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(timer) };
}

async function readsAfter(store: SessionStore): Promise<void> {
  await store.append("a", 0, [event("one"), event("two"), event("three")]);
  const types: string[] = [];
  for await (const { type } of store.read("a", { after: 1 })) types.push(type);
  assert.deepEqual(types, ["two", "three"]);
  for await (const { type } of store.read("a", { after: 3 })) assert.fail(type);
}
