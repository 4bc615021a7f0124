import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";

import { CallAccount, type ChargedCall } from "../../src/agent/call-account.ts";
import { createTotals } from "../../src/agent/index.ts";
import { BudgetTracker } from "../../src/budget/index.ts";
import { ProviderError } from "../../src/errors/index.ts";
import { run, type RunOptions } from "../../src/index.ts";
import { Router } from "../../src/router/index.ts";
import { loadSession, memoryStore } from "../../src/session/index.ts";
import type { Budget, Model, Reservation, Result, SessionStore } from "../../src/spec/index.ts";
import { fakeBudget, memoryAudit, scriptedModel, type ScriptedModel } from "../../src/testing/index.ts";

/** A promise that no `instanceof Promise` knows. */
const foreign = (value: string): unknown => runInNewContext(`Promise.${value}`) as unknown;

/** How a budget of a host may answer in place of a reservation. */
const NONSENSE: readonly (readonly [name: string, reserve: () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["true", () => true],
  ["a number", () => 1],
  ["{}", () => ({})],
  ["a function", () => () => {}],
  ["an array", () => []],
  ["what can be settled and not disposed of", () => ({ settle: () => {} })],
  ["what can be disposed of and not settled", () => ({ [Symbol.dispose]: () => {} })],
  ["what says that it can be settled", () => ({ settle: true, [Symbol.dispose]: () => {} })],
  ["a promise of undefined", () => Promise.resolve()],
  ["a promise of {}", () => Promise.resolve({})],
  ["a promise of another realm, of undefined", () => foreign("resolve()")],
  ["a promise of another realm, of {}", () => foreign("resolve({})")],
  [
    "a throw",
    () => {
      throw new Error("no");
    },
  ],
  [
    "a throw of undefined",
    () => {
      throw undefined;
    },
  ],
  [
    "a throw of a text",
    () => {
      throw "no";
    },
  ],
  ["a rejection", () => Promise.reject(new Error("no"))],
  ["a rejection with undefined", () => Promise.reject(undefined)],
  ["a rejection of another realm", () => foreign("reject(new Error('no'))")],
  [
    "a thenable that throws",
    () => ({
      then: () => {
        throw new Error("no");
      },
    }),
  ],
  [
    "a thenable that rejects",
    () => ({ then: (_: unknown, reject: (reason: unknown) => void) => reject(new Error("no")) }),
  ],
];

/** A budget that answers well so many times, then otherwise; counts what is open. */
function budgetThat(reserve: () => unknown, good = 0): { readonly budget: Budget; open(): number } {
  let asked = 0;
  let open = 0;
  const held = (): Reservation => {
    open += 1;
    let isOpen = true;
    const end = (): void => {
      open -= isOpen ? 1 : 0;
      isOpen = false;
    };
    return { settle: end, [Symbol.dispose]: end };
  };
  return {
    // What a host's JavaScript gives has no type.
    budget: { ...fakeBudget(), reserve: () => ((asked += 1) <= good ? held() : reserve()) as Reservation },
    open: () => open,
  };
}

async function ask(model: Model, budget: Budget): Promise<Result> {
  const options = { model, budget, tools: [], audit: false, config: false, retry: { baseDelayMs: 1 } } as const;
  return await run("Go", options).result;
}

const down = (): ProviderError => new ProviderError("down", { provider: "scripted", status: 503, isRetryable: true });

describe("no model is called without a reservation, when the budget answers", () => {
  it.each(NONSENSE)("%s", async (_name, reserve) => {
    const model = scriptedModel(["Hello."]);
    const result = await ask(model, budgetThat(reserve).budget);
    expect(result).toMatchObject({ stopReason: "error", text: "", totalTokens: 0 });
    expect(model.requests).toEqual([]);
  });
});

describe("nor again, and what was held is given back, when it then answers", () => {
  it.each(NONSENSE)("%s, to a retry", async (_name, reserve) => {
    const model = scriptedModel([down(), "Hello."]);
    const { budget, open } = budgetThat(reserve, 1);
    const result = await ask(model, budget);
    expect(result).toMatchObject({ stopReason: "error", text: "" });
    expect([model.requests.length, open()]).toEqual([1, 0]);
  });

  it.each(NONSENSE)("%s, to a fallback", async (_name, reserve) => {
    const models: readonly ScriptedModel[] = [
      scriptedModel([down(), down(), down(), down()], { id: "first" }),
      scriptedModel(["Hello."], { id: "second" }),
    ];
    const { budget, open } = budgetThat(reserve, 1);
    const router = new Router({ models, fallbackChain: models });
    const result = await ask(router, budget);
    expect(result).toMatchObject({ stopReason: "error", text: "" });
    expect([models[0]?.requests.length, models[1]?.requests.length, open()]).toEqual([1, 0, 0]);
  });
});

describe("a ledger that is waited for", () => {
  it.each(["reserve", "record"] as const)("charges nothing for a call that was stopped at its %s", async (where) => {
    const tracker = new BudgetTracker({ maxTokens: 1_000_000 });
    const controller = new AbortController();
    const stopAt = (place: typeof where): void => {
      if (place === where) controller.abort(new Error("enough"));
    };
    const budget: Budget = {
      ...fakeBudget(),
      snapshot: () => tracker.snapshot(),
      async reserve(estimate) {
        const held = tracker.reserve(estimate);
        stopAt("reserve");
        return await Promise.resolve(held);
      },
    };
    const inner = memoryStore();
    const append: SessionStore["append"] = async (...given) => {
      await inner.append(...given);
      if (given[2].some(({ type }) => type === "model-intent")) stopAt("record");
    };
    const model = scriptedModel(["Hello."]);
    const session = { id: "s", store: { ...inner, append } };
    const options = {
      model,
      budget,
      session,
      tools: [],
      audit: false,
      config: false,
      signal: controller.signal,
    } as const;
    const result = await run("Go", options).result;
    expect(result).toMatchObject({ stopReason: "aborted", turns: 0, totalTokens: 0 });
    expect(result.isUsageEstimated).toBeUndefined();
    expect(model.requests).toEqual([]);
    expect(tracker.snapshot()).toMatchObject({ tokensUsed: 0, tokensReserved: 0, turnsUsed: 0 });
    const { state } = (await loadSession(inner, "s")).fold;
    expect([state.openModelCall, state.spent.tokens]).toEqual([null, 0]);
  });

  it("that cannot take what a call used holds nothing back, and the log tells the same as the result", async () => {
    const tracker = new BudgetTracker({ maxTokens: 1_000_000 });
    const audit = memoryAudit();
    const settle = (): Promise<void> => Promise.reject(new Error("The ledger is gone"));
    const budget: Budget = {
      ...fakeBudget(),
      snapshot: () => tracker.snapshot(),
      reserve: (estimate) => {
        const held = tracker.reserve(estimate);
        return { settle, [Symbol.dispose]: () => held[Symbol.dispose]() };
      },
    };
    const result = await run("Go", { model: scriptedModel(["Hello."]), budget, audit, tools: [], config: false })
      .result;
    expect(result).toMatchObject({ stopReason: "error", totalTokens: 15 });
    expect(tracker.snapshot().tokensReserved).toBe(0);
    expect(tracker.snapshot().tokensUsed).toBeGreaterThanOrEqual(15);
    const calls = audit.records.filter(({ type }) => type === "model_call");
    expect(calls).toMatchObject([{ data: { usage: { input: 10, output: 5 } } }]);
  });

  it("counts a call once that it cannot take and that breaks off because of it", async () => {
    const charged: ChargedCall[] = [];
    let disposed = 0;
    const settle = (): Promise<void> => Promise.reject(new Error("The ledger is gone"));
    const reserve = (): Reservation => ({ settle, [Symbol.dispose]: () => void (disposed += 1) });
    const totals = createTotals(() => 1);
    const account = new CallAccount({
      budget: { ...fakeBudget(), reserve },
      totals,
      modelInfo: () => undefined,
      costOf: () => 1,
      callId: "c",
      inputTokens: 10,
      maxOutputTokens: 10,
      onCharged: (call) => void charged.push(call),
    });
    await account.open({ provider: "p", id: "m" });
    const usage = { input: 7, output: 3, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
    const message = { role: "assistant", content: [], model: { provider: "p", id: "m" } } as const;
    const finish = { type: "finish", reason: "end_turn", usage, message } as const;
    await expect(account.settle(finish)).rejects.toThrow("The ledger is gone");
    await account.breakOff(new Error("The ledger is gone"), 5);
    account[Symbol.dispose]();
    expect([disposed, charged.length, totals.tokens]).toEqual([1, 1, 10]);
  });

  it("and cannot be asked any more ends a run whose time is over all the same", async () => {
    let isGone = false;
    const tracker = new BudgetTracker({ maxWallMs: 5 });
    const budget: Budget = {
      ...fakeBudget(),
      snapshot: () => (isGone ? Promise.reject(new Error("The ledger is gone")) : tracker.snapshot()),
    };
    const model: Model = {
      ...scriptedModel([]),
      async *stream(_request, { signal }) {
        isGone = true;
        yield { type: "ping" };
        await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      },
    };
    const result = await run("Go", { model, budget, tools: [], audit: false, config: false }).result;
    expect(result).toMatchObject({ stopReason: "budget_exhausted", error: { code: "budget_exhausted" } });
  });
});

describe("a run that is stopped while a call waits pays nothing for it", () => {
  const busy = (): ProviderError =>
    new ProviderError("busy", { provider: "scripted", status: 429, isRetryable: true, retryAfterMs: 30_000 });

  /** Runs until a message of the subtype comes, and stops there. */
  async function stopAt(subtype: string, options: RunOptions) {
    const budget = new BudgetTracker({ maxTokens: 1_000_000 });
    const current = run("Go", { tools: [], audit: false, config: false, budget, ...options });
    for await (const message of current) {
      // In the turn after the one in which it was told, the wait has begun.
      if (message.type === "system" && message.subtype === subtype) setImmediate(() => current.abort());
    }
    return { result: await current.result, used: budget.snapshot() };
  }

  it("for its next try", async () => {
    const model = scriptedModel([busy(), "Never asked for."]);
    const { result, used } = await stopAt("model_retry", { model });
    expect(result).toMatchObject({ stopReason: "aborted", totalTokens: 0, totalCost: 0 });
    expect(result.isUsageEstimated).toBeUndefined();
    expect(used).toMatchObject({ tokensUsed: 0, tokensReserved: 0 });
    expect(model.requests).toHaveLength(1);
  });

  it("for its next try, but for the one before that nobody knows to be free", async () => {
    const cut = new ProviderError("cut", { provider: "scripted", isRetryable: true, retryAfterMs: 30_000 });
    const { result, used } = await stopAt("model_retry", { model: scriptedModel([cut, "Never asked for."]) });
    const once = await stopAt("none", { model: scriptedModel([cut]), retry: { maxRetries: 0 } });
    expect(result).toMatchObject({ stopReason: "aborted", isUsageEstimated: true });
    expect(result.totalTokens).toBe(once.result.totalTokens);
    expect(used.tokensUsed).toBe(once.used.tokensUsed);
  });

  it("for its turn in a router's rates", async () => {
    const model = scriptedModel(["Once.", "Never asked for."]);
    const router = new Router({ models: [model], rateLimits: { scripted: { requestsPerMinute: 1 } } });
    expect((await stopAt("none", { router })).result.text).toBe("Once.");
    const { result, used } = await stopAt("model_selected", { router });
    expect(result).toMatchObject({ stopReason: "aborted", totalTokens: 0 });
    expect(used).toMatchObject({ tokensUsed: 0, tokensReserved: 0, turnsUsed: 0 });
    expect(model.requests).toHaveLength(1);
  });
});
