import { describe, expect, it } from "vitest";

import { fakeClock } from "../../src/testing/index.ts";
import { loadSession, memoryStore, openApprovals, openJournal, type OpenedJournal } from "../../src/session/index.ts";
import type { ApprovalQuestion, SessionEventBody, SessionStore, StoredEvent } from "../../src/spec/index.ts";

const clock = fakeClock();

function open(store: SessionStore, owner = "one", stops: unknown[] = []): Promise<OpenedJournal> {
  return openJournal("s", { store, clock, owner, onStop: (reason) => void stops.push(reason) });
}

function question(parts: Partial<ApprovalQuestion> = {}): ApprovalQuestion {
  return {
    id: "q1",
    toolUseId: "call_0",
    sessionId: "s",
    agent: "main",
    name: "Pay",
    args: { amount: 5 },
    argsDigest: "digest",
    layer: "policy",
    reason: "asks",
    isDefault: false,
    risk: "high",
    riskReasons: [],
    cwd: "/work",
    labels: { isTainted: false, hasPrivateData: false, dataLabels: [], sources: [] },
    scopes: ["once"],
    askedAt: 0,
    expiresAt: undefined,
    ...parts,
  };
}

/** A session whose model asked for one call, which waits for an answer. */
async function askedSession(parts: Partial<ApprovalQuestion> = {}) {
  const store = memoryStore();
  const journal = await open(store);
  const call = { type: "tool-call" as const, id: "call_0", name: "Pay", args: { amount: 5 } };
  const message = { role: "assistant" as const, content: [call], model: { provider: "p", id: "m" } };
  const charged = { tokens: 3, cost: 0.5 };
  await journal.record([
    { type: "message-added", data: { message: { role: "user", content: [{ type: "text", text: "Pay 5" }] } } },
    { type: "model-result", data: { turn: 1, message, reason: "tool_use", usage: null, cost: null, charged } },
    { type: "approval-requested", data: { callId: "1.0", question: question(parts) } },
  ]);
  return { store, journal, approvals: openApprovals(store, { clock }) };
}

const intent: SessionEventBody = {
  type: "tool-intent",
  data: {
    callId: "1.0",
    toolUseId: "call_0",
    name: "Pay",
    argsDigest: "digest",
    idempotencyKey: "key",
    durability: "atMostOnce",
    decision: { effect: "allow", layer: "approval", reason: "Approved" },
  },
};

async function readAll(store: SessionStore): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of store.read("s")) events.push(event);
  return events;
}

describe("openJournal()", () => {
  it("refuses a session that somebody works on, and leaves it to them", async () => {
    const store = memoryStore();
    const first = await open(store);
    await expect(open(store, "two")).rejects.toMatchObject({ code: "session_conflict" });
    await first.record({ type: "session-renamed", data: { title: "Mine" } });
    await first.close();
    const second = await open(store, "two");
    expect(second.state.title).toBe("Mine");
    expect(second.epoch).toBeGreaterThan(first.epoch);
  });

  it("record() after another owner took the session keeps nothing, tells the run and never tries again", async () => {
    const store = memoryStore();
    const stops: unknown[] = [];
    const first = await open(store, "one", stops);
    await store.release(first.lease);
    const second = await open(store, "two");
    const body: SessionEventBody = { type: "session-renamed", data: { title: "Late" } };
    for (let tries = 0; tries < 2; tries += 1) {
      await expect(first.record(body)).rejects.toMatchObject({ code: "session_fenced" });
    }
    expect(() => first.assertHeld()).toThrow(/taken over/);
    expect(stops).toMatchObject([{ type: "lost" }]);
    expect(second.state.title).toBeNull();
    expect(await readAll(store)).toEqual([]);
  });

  it("looks at nothing any more once it is closed, however late the store answers", async () => {
    const inner = memoryStore();
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: answered, resolve: answer } = Promise.withResolvers<boolean>();
    let reads = 0;
    const store: SessionStore = {
      ...inner,
      async renew() {
        ask();
        return await answered;
      },
      read: (...given) => {
        reads += 1;
        return inner.read(...given);
      },
    };
    const journal = await openJournal("s", { store, clock, owner: "a", leaseMs: 30 });
    await asked;
    const before = reads;
    await journal.close();
    answer(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(reads).toBe(before);
  });

  it("record() folds in what others said meanwhile, in their order", async () => {
    const stops: unknown[] = [];
    const store = memoryStore();
    const journal = await open(store, "one", stops);
    const said = { v: 1, type: "cancel-requested", at: 0, data: { reason: "enough", by: "ada" } };
    await store.append("s", 0, [said]);
    await journal.record({ type: "session-renamed", data: { title: "Mine" } });
    expect((await readAll(store)).map(({ type }) => type)).toEqual(["cancel-requested", "session-renamed"]);
    expect(journal.state).toMatchObject({ cancel: { reason: "enough", by: "ada" }, title: "Mine" });
    expect(stops).toEqual([{ type: "cancelled", reason: "enough", by: "ada" }]);
    expect((await loadSession(store, "s")).fold.state).toEqual(journal.state);
  });

  it("record() records nothing where `unless` holds of what came in between", async () => {
    const store = memoryStore();
    const journal = await open(store);
    await store.append("s", 0, [{ v: 1, type: "session-renamed", at: 0, data: { title: "Theirs" } }]);
    const unless = (): boolean => journal.state.title === "Theirs";
    await expect(journal.record({ type: "session-renamed", data: { title: "Mine" } }, { unless })).resolves.toBe(false);
    expect(await readAll(store)).toHaveLength(1);
  });

  it("refuses events of a newer version of a type that it knows, and leaves out types that it does not", async () => {
    const store = memoryStore();
    await store.append("s", 0, [{ v: 1, type: "from-the-future", at: 0, data: {} }]);
    await (await open(store)).close();
    await store.append("s", 1, [{ v: 99, type: "session-renamed", at: 0, data: { title: "x" } }]);
    await expect(open(store)).rejects.toMatchObject({
      code: "session_invalid",
      message: expect.stringContaining("newer"),
    });
    // Nobody is left holding it.
    expect((await store.find("s"))?.heldBy).toBeUndefined();
  });

  it("reads sessions of the first format: what was said, what it cost, and calls of which nothing is known", async () => {
    const store = memoryStore();
    const call = { type: "tool-call", id: "c", name: "Pay", args: {} };
    const old = (type: string, data: StoredEvent["data"]): StoredEvent => ({ v: 1, type, at: 0, data });
    await store.append("s", 0, [
      old("message", { message: { role: "user", content: [{ type: "text", text: "Hello" }] } }),
      old("run_end", { stopReason: "end_turn", totalTokens: 7, totalCost: 0.25 }),
      old("message", { message: { role: "assistant", content: [call], model: { provider: "p", id: "m" } } }),
    ]);
    const { state } = (await loadSession(store, "s")).fold;
    expect(state.spent).toEqual({ tokens: 7, cost: 0.25 });
    expect(state.openTurn?.calls).toMatchObject([{ callId: "1.0", isUnknown: true, intent: null }]);
  });
});

describe("approvals of a journal", () => {
  it("decide() by another process is what the run gets to know, and what it says itself then comes too late", async () => {
    const { approvals, journal } = await askedSession();
    const waiting = journal.until(
      ({ openTurn }) => (openTurn?.calls[0]?.approval?.decision ?? null) !== null,
      AbortSignal.timeout(5000),
    );
    await expect(approvals.decide("q1", { decision: "deny", approver: "ada" })).resolves.toMatchObject({
      status: "decided",
    });
    await waiting;
    const record = await journal.answer("1.0", { decision: "approve", approver: "bob" });
    expect(record?.decision).toMatchObject({ decision: "deny", approver: "ada" });
    await expect(approvals.decide("q1", { decision: "deny", approver: "ada" })).resolves.toMatchObject({
      status: "closed",
      decision: "deny",
    });
  });

  it("decide() about other arguments, in an unknown form or of no question does not count", async () => {
    const { approvals } = await askedSession();
    await expect(approvals.decide("q1", { decision: "approve", argsDigest: "other" })).rejects.toMatchObject({
      code: "approval_refused",
    });
    for (const odd of ["pause", "yes", null, {}, { decision: "maybe" }]) {
      await expect(approvals.decide("q1", odd as "approve")).rejects.toThrow(TypeError);
    }
    await expect(approvals.decide("q2", "approve")).rejects.toMatchObject({ code: "session_not_found" });
    expect(await approvals.list()).toHaveLength(1);
  });

  it("decide() after the time is over is a denial, whatever it says", async () => {
    const { approvals, journal } = await askedSession({ expiresAt: clock.now() - 1 });
    await expect(approvals.decide("q1", "approve")).resolves.toEqual({
      status: "closed",
      decision: "deny",
      missing: 0,
    });
    await journal.record({ type: "session-renamed", data: { title: "x" } });
    expect(journal.recall("1.0")?.approval).toMatchObject({ isExpired: true, decision: null });
    expect(await approvals.list()).toEqual([]);
  });

  it("decide() counts different people where several must approve, and one denial is enough", async () => {
    const { approvals } = await askedSession({ quorum: 2, requestedBy: "eve" });
    await expect(approvals.decide("q1", { decision: "approve" })).rejects.toThrow(/who approves/);
    await expect(approvals.decide("q1", { decision: "approve", approver: "eve" })).rejects.toThrow(/cannot approve/);
    await expect(approvals.decide("q1", { decision: "approve", approver: "ada" })).resolves.toEqual({
      status: "counted",
      decision: undefined,
      missing: 1,
    });
    await expect(approvals.decide("q1", { decision: "approve", approver: "ada" })).rejects.toThrow(/already/);
    await expect(approvals.decide("q1", { decision: "approve", approver: "bob" })).resolves.toMatchObject({
      status: "decided",
      approver: "ada, bob",
    });
    const denied = await askedSession({ quorum: 3 });
    await expect(denied.approvals.decide("q1", "deny")).resolves.toMatchObject({ status: "decided", decision: "deny" });
  });

  it("decide() takes one person for one, however the name is written", async () => {
    const { approvals } = await askedSession({ quorum: 2, requestedBy: "Eve" });
    for (const approver of ["eve", " Eve", "EVE\t", "E\u200bve", "\uff25\uff36\uff25", "", "\u200b"]) {
      await expect(approvals.decide("q1", { decision: "approve", approver })).rejects.toMatchObject({
        code: "approval_refused",
      });
    }
    await approvals.decide("q1", { decision: "approve", approver: "ada" });
    await expect(approvals.decide("q1", { decision: "approve", approver: "ADA " })).rejects.toThrow(/already/);
  });

  it("revoke() takes back what was not used, and nothing else", async () => {
    const { approvals, journal } = await askedSession();
    await expect(approvals.revoke("q1", "ada")).rejects.toMatchObject({ code: "approval_refused" });
    await approvals.decide("q1", { decision: "approve", approver: "ada" });
    await approvals.revoke("q1", "ada");
    await journal.record({ type: "session-renamed", data: { title: "x" } });
    expect(journal.recall("1.0")?.approval?.revokedBy).toBe("ada");
    await expect(approvals.decide("q1", "approve")).resolves.toMatchObject({ status: "closed", decision: "deny" });

    const used = await askedSession();
    await used.approvals.decide("q1", "approve");
    await used.journal.record(intent);
    await expect(used.approvals.revoke("q1", "ada")).rejects.toThrow(/used already/);
  });

  it("a second beginning of a call forgets what was said about the first", async () => {
    const { journal, approvals } = await askedSession();
    await approvals.decide("q1", "approve");
    await journal.record([
      intent,
      { type: "tool-outcome-unknown", data: { callId: "1.0", name: "Pay" } },
      { type: "tool-outcome-settled", data: { callId: "1.0", resolution: "retry", by: "ada" } },
    ]);
    expect(journal.recall("1.0")).toMatchObject({ resolution: "retry" });
    await journal.record(intent);
    expect(journal.recall("1.0")).toMatchObject({ resolution: null, isUnknown: false });
  });
});
