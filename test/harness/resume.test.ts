import { describe, expect, it } from "vitest";
import { z } from "zod";

import { createHarness, defineTool, run, type HarnessOptions } from "../../src/index.ts";
import { systemClock } from "../../src/async/index.ts";
import { loadSession, memoryStore, openApprovals } from "../../src/session/index.ts";
import type { SessionStore, StoredEvent } from "../../src/spec/index.ts";
import { fakeClock, memoryAudit, scriptedModel } from "../../src/testing/index.ts";

let calls = 0;
const pay = (parts: { description?: string; input?: z.ZodObject; durability?: "idempotent" } = {}) =>
  defineTool({
    name: "Pay",
    description: "Pays",
    input: z.object({ amount: z.number() }),
    effect: "write",
    execute: () => `paid ${(calls += 1)}`,
    ...parts,
  });

const step = { toolCalls: [{ name: "Pay", args: { amount: 5 } }] };

function options(store: SessionStore, parts: HarnessOptions): HarnessOptions {
  const session = { id: "s", store };
  return {
    session,
    config: false,
    audit: false,
    tools: [pay()],
    permissions: { ask: ["Pay"] },
    onApproval: "pause",
    ...parts,
  };
}

async function paused(parts: HarnessOptions = {}): Promise<SessionStore> {
  calls = 0;
  const store = memoryStore();
  const result = await run("Pay 5", options(store, { model: scriptedModel([step]), ...parts })).result;
  expect(result).toMatchObject({ stopReason: "paused", error: { code: "paused" } });
  return store;
}

async function goOn(store: SessionStore, parts: HarnessOptions = {}, overrides = {}) {
  const harness = await createHarness(options(store, { model: scriptedModel(["Done."]), ...parts }));
  try {
    return await harness.resume("s", undefined, overrides).result;
  } finally {
    await harness[Symbol.asyncDispose]();
  }
}

async function decide(store: SessionStore, answer: "approve" | "deny"): Promise<void> {
  const harness = await createHarness(options(store, { model: scriptedModel([]) }));
  const [question] = await harness.approvals.list();
  await harness.approvals.decide(question?.id ?? "", { decision: answer, approver: "ada" });
  await harness[Symbol.asyncDispose]();
}

/** A session whose process died while its one call was at work. */
async function crashed(): Promise<SessionStore> {
  const store = memoryStore();
  const died = new Error("the process died");
  const broken: SessionStore = {
    ...store,
    async append(sessionId, expect_, events, appendOptions) {
      if (events.some(({ type }) => type === "tool-result" || type === "run-ended")) throw died;
      await store.append(sessionId, expect_, events, appendOptions);
    },
  };
  calls = 0;
  const allowed = { permissions: { allow: ["Pay"] } };
  await run("Pay 5", options(broken, { model: scriptedModel([step]), ...allowed })).result;
  expect(calls).toBe(1);
  return store;
}

async function typesOf(store: SessionStore): Promise<readonly string[]> {
  const events: StoredEvent[] = [];
  for await (const event of store.read("s")) events.push(event);
  return events.map(({ type }) => type);
}

describe("harness.resume()", () => {
  it("goes on after a pause with what was decided, on another model, and keeps one result", async () => {
    const store = await paused();
    await decide(store, "approve");
    const model = scriptedModel(["Done elsewhere."], { id: "other", provider: "elsewhere" });
    expect(await goOn(store, { model })).toMatchObject({ stopReason: "end_turn", text: "Done elsewhere." });
    expect(calls).toBe(1);
    expect((await typesOf(store)).filter((type) => type === "tool-result")).toHaveLength(1);
    expect(model.requests[0]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  });

  it("judges the policy anew, and only stricter: what is forbidden now is not done, whoever approved it", async () => {
    const store = await paused();
    await decide(store, "approve");
    const result = await goOn(store, { permissions: { deny: ["Pay"] } });
    expect(result).toMatchObject({
      stopReason: "end_turn",
      denials: [{ name: "Pay", decision: { layer: "permission" } }],
    });
    expect(calls).toBe(0);
  });

  it("refuses tools or instructions that changed while a run waits, unless that is meant", async () => {
    const store = await paused({ systemPrompt: "Be careful" });
    await decide(store, "approve");
    const changed: HarnessOptions[] = [
      { systemPrompt: "Be quick" },
      { systemPrompt: "Be careful", tools: [] },
      { systemPrompt: "Be careful", tools: [pay({ durability: "idempotent" })] },
      {
        systemPrompt: "Be careful",
        tools: [pay({ input: z.object({ amount: z.number(), to: z.string().optional() }) })],
      },
      { systemPrompt: "Be careful", tools: [pay(), "Read"] },
    ];
    for (const parts of changed) {
      expect(await goOn(store, parts)).toMatchObject({ stopReason: "error", error: { code: "resume_mismatch" } });
    }
    expect(calls).toBe(0);
    const reworded = { systemPrompt: "Be careful", tools: [pay({ description: "Pays, in other words" })] };
    expect(await goOn(await paused({ systemPrompt: "Be careful" }), reworded)).toMatchObject({ stopReason: "paused" });
    expect(await goOn(store, { systemPrompt: "Be quick" }, { migrate: true })).toMatchObject({
      stopReason: "end_turn",
    });
    expect(calls).toBe(1);
  });

  it("asks again where the answer was about another policy, and not where it was about this one", async () => {
    const check = (version: string) => ({
      version,
      check: () => ({ effect: "ask" as const, basis: "rule" as const, reason: "look at it" }),
    });
    const store = await paused({ policy: check("1") });
    await decide(store, "approve");
    expect(await goOn(store, { policy: check("2") })).toMatchObject({ stopReason: "paused" });
    expect(calls).toBe(0);
    await decide(store, "approve");
    expect(await goOn(store, { policy: check("2") })).toMatchObject({ stopReason: "end_turn" });
    expect(calls).toBe(1);
  });

  describe("where looser rules would allow by now what a person was asked about", () => {
    const looser: readonly HarnessOptions[] = [
      { permissions: { allow: ["Pay"] } },
      { permissions: {}, permissionMode: "bypass" },
      {
        permissions: {},
        policy: {
          version: "looser",
          check: () => ({ effect: "allow" as const, basis: "rule" as const, reason: "go on" }),
        },
      },
    ];

    it.each(looser)("%# waits for the answer as before", async (parts) => {
      const store = await paused();
      expect(await goOn(store, parts)).toMatchObject({ stopReason: "paused" });
      expect(calls).toBe(0);
      await decide(store, "approve");
      expect(await goOn(store, parts)).toMatchObject({ stopReason: "end_turn" });
      expect(calls).toBe(1);
    });

    it.each(looser)("%# does not do what was denied, expired or taken back", async (parts) => {
      const denied = await paused();
      await decide(denied, "deny");
      const outcome = { stopReason: "end_turn", denials: [{ name: "Pay", decision: { layer: "approval" } }] };
      expect(await goOn(denied, parts)).toMatchObject(outcome);
      const revoked = await paused();
      const approvals = openApprovals(revoked, { clock: systemClock });
      const [asked] = await approvals.list();
      await approvals.decide(asked?.question.id ?? "", "approve");
      await approvals.revoke(asked?.question.id ?? "", "ada");
      expect(await goOn(revoked, parts)).toMatchObject(outcome);
      // Asked long ago.
      const late = await paused({ timeouts: { approvalMs: 60_000 }, clock: fakeClock() });
      await decide(late, "approve");
      expect(await goOn(late, parts)).toMatchObject(outcome);
      expect(calls).toBe(0);
    });

    it("uses the arguments that the person changed", async () => {
      const store = await paused();
      const approvals = openApprovals(store, { clock: systemClock });
      const [asked] = await approvals.list();
      await approvals.decide(asked?.question.id ?? "", { decision: "approve", editedArgs: { amount: 1 } });
      const seen: unknown[] = [];
      const watching = pay();
      const tools = [{ ...watching, execute: (input: unknown) => `paid ${seen.push(input)}` }];
      expect(await goOn(store, { permissions: { allow: ["Pay"] }, tools: tools as never })).toMatchObject({
        stopReason: "end_turn",
      });
      expect(seen).toEqual([{ amount: 1 }]);
    });
  });

  it("a denial holds also where the policy asks again", async () => {
    const ask = (version: string) => ({
      version,
      check: () => ({ effect: "ask" as const, basis: "rule" as const, reason: "look at it" }),
    });
    const store = await paused({ policy: ask("1") });
    await decide(store, "deny");
    expect(await goOn(store, { policy: ask("2") })).toMatchObject({
      stopReason: "end_turn",
      denials: [{ name: "Pay" }],
    });
    expect(calls).toBe(0);
  });

  it("does not repeat a call of which nobody knows whether it happened", async () => {
    const asked = await crashed();
    expect(await goOn(asked, { permissions: { allow: ["Pay"] } })).toMatchObject({ stopReason: "paused" });
    expect(await typesOf(asked)).toContain("tool-outcome-unknown");
    const told = await crashed();
    const model = scriptedModel(["I will look."]);
    const tell = { permissions: { allow: ["Pay"] }, onUnknownOutcome: "tell-model", model } as const;
    expect(await goOn(told, tell)).toMatchObject({ stopReason: "end_turn", text: "I will look." });
    expect(JSON.stringify(model.requests[0]?.messages)).toContain("may or may not have happened");
    expect(calls).toBe(1);
  });

  it("puts on record what it did about a call of which nobody knew", async () => {
    const allowed = { permissions: { allow: ["Pay"] } };
    const onRecord = async (store: SessionStore, parts: HarnessOptions = {}) => {
      const audit = memoryAudit();
      await goOn(store, { ...allowed, audit, ...parts });
      return audit.records
        .filter(({ type }) => ["effect_unknown", "approval_requested"].includes(type))
        .map(({ type, data }) => [type, data["action"], data["by"]].filter((word) => word !== undefined));
    };
    const asked = await crashed();
    expect(await onRecord(asked)).toEqual([["effect_unknown", "found"], ["approval_requested"]]);
    const answering = await createHarness(options(asked, { model: scriptedModel([]), ...allowed }));
    const [question] = await answering.approvals.list();
    const answer = { decision: "approve", resolution: "done", approver: "ada" } as const;
    await answering.approvals.decide(question?.id ?? "", answer);
    await answering[Symbol.asyncDispose]();
    expect(await onRecord(asked)).toEqual([["effect_unknown", "settled", "ada"]]);
    for (const [status, action] of [
      ["done", "settled"],
      ["not_done", "repeated"],
    ] as const) {
      const tools = [{ ...pay(), reconcile: () => ({ status, output: "paid" }) as never }];
      expect(await onRecord(await crashed(), { tools })).toEqual([["effect_unknown", action, "tool"]]);
    }
  });

  it("ends a run that a person aborts or somebody cancels, without doing anything more", async () => {
    const aborted = await crashed();
    await goOn(aborted, { permissions: { allow: ["Pay"] } });
    const harness = await createHarness(
      options(aborted, { model: scriptedModel([]), permissions: { allow: ["Pay"] } }),
    );
    const [question] = await harness.approvals.list();
    await harness.approvals.decide(question?.id ?? "", { decision: "deny", resolution: "abort", approver: "ada" });
    expect(await harness.resume("s").result).toMatchObject({ stopReason: "aborted", turns: 0 });
    await harness[Symbol.asyncDispose]();
    expect(calls).toBe(1);

    const store = await paused();
    const other = await createHarness(options(store, { model: scriptedModel([]) }));
    await other.sessions.cancel("s", { reason: "enough", by: "ada" });
    expect(await other.recover()).toMatchObject([{ stopReason: "aborted" }]);
    expect(await other.approvals.list()).toEqual([]);
    await other[Symbol.asyncDispose]();
    expect((await loadSession(store, "s")).fold.state.openTurn).toBeNull();
  });

  it("goes on with the budget that the run had left", async () => {
    const pricing = { input: 100_000, output: 100_000 };
    const budget = { maxCost: 4000 };
    const store = await paused({ model: scriptedModel([step], { pricing }), budget, maxOutputTokens: 10 });
    await decide(store, "approve");
    const spent = (await loadSession(store, "s")).fold.state.spent.cost ?? 0;
    expect(spent).toBeGreaterThan(0);
    const result = await goOn(store, {
      model: scriptedModel(["Done."], { pricing }),
      budget: { maxCost: spent + 0.5 },
    });
    expect(result).toMatchObject({ stopReason: "budget_exhausted" });
  });

  it("denies what nobody answered in time, also when nobody was there to see it", async () => {
    let now = 1_000_000;
    const clock = { now: () => now, monotonic: () => performance.now(), sleep: async () => {} };
    const store = await paused({ clock, timeouts: { approvalMs: 60_000 } });
    now += 61_000;
    const harness = await createHarness(options(store, { clock, model: scriptedModel(["Well then."]) }));
    expect(await harness.recover()).toMatchObject([{ stopReason: "end_turn", denials: [{ name: "Pay" }] }]);
    await harness[Symbol.asyncDispose]();
    expect(calls).toBe(0);
  });

  it("keeps a prompt that comes while a run waits until the turn is over", async () => {
    const store = await paused();
    const model = scriptedModel(["Never asked."]);
    expect(await run("And tip 1", options(store, { model })).result).toMatchObject({ stopReason: "paused" });
    await decide(store, "approve");
    const next = scriptedModel(["Tipped."]);
    expect(await goOn(store, { model: next })).toMatchObject({ text: "Tipped." });
    expect(next.requests[0]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"]);
    expect(model.requests).toEqual([]);
  });

  it("lets no more sessions work at once than may be held, and keeps what they say apart", async () => {
    let atWork = 0;
    let most = 0;
    const wait = defineTool({
      name: "Wait",
      description: "Waits",
      input: z.object({ who: z.string() }),
      effect: "write",
      async execute({ who }, { sessionId }) {
        most = Math.max(most, (atWork += 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
        atWork -= 1;
        return `${who} in ${sessionId}`;
      },
    });
    const store = memoryStore();
    const harness = await createHarness({
      session: { store, maxHeld: 2 },
      config: false,
      audit: false,
      tools: [wait],
      permissions: { allow: ["Wait"] },
      model: scriptedModel([]),
    });
    const ids = ["a", "b", "c", "d", "e"];
    const runs = ids.map((id) => {
      const model = scriptedModel([{ toolCalls: [{ name: "Wait", args: { who: id } }] }, `Done ${id}.`]);
      return harness.run(`Work ${id}`, { model, session: { id, store, maxHeld: 2 } }).text();
    });
    expect(await Promise.all(runs)).toEqual(ids.map((id) => `Done ${id}.`));
    expect(most).toBeLessThanOrEqual(2);
    for (const id of ids) {
      const text = JSON.stringify((await loadSession(store, id)).fold.state.messages);
      expect(text).toContain(`${id} in ${id}`);
      for (const other of ids.filter((one) => one !== id)) expect(text).not.toContain(`Work ${other}`);
    }
    await harness[Symbol.asyncDispose]();
  });
});
