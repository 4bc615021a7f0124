import { describe, expect, test } from "vitest";

import { BudgetExhaustedError, BudgetTracker, joinBudgets } from "../../src/budget/index.ts";
import type { Budget } from "../../src/spec/index.ts";
import { fakeBudget, fakeClock } from "../../src/testing/index.ts";

function refusal(work: () => unknown): BudgetExhaustedError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (BudgetExhaustedError.isInstance(error)) return error;
    throw error;
  }
}

describe("BudgetTracker counts", () => {
  test("turns and tool calls, held and settled like tokens", () => {
    const budget = new BudgetTracker({ maxTurns: 1, maxToolCalls: 2 });
    const turn = budget.reserve({ tokens: 1, cost: 0, turns: 1 });
    expect(refusal(() => budget.reserve({ tokens: 1, cost: 0, turns: 1 }))?.message).toContain("turn budget");
    budget.reserve({ tokens: 0, cost: 0, toolCalls: 2 }).settle({ tokens: 0, cost: 0, toolCalls: 1 });
    turn.settle({ tokens: 1, cost: 0 });
    expect(budget.snapshot()).toMatchObject({
      turnsUsed: 1,
      turnsRemaining: 0,
      toolCallsUsed: 1,
      toolCallsRemaining: 1,
    });
    expect(refusal(() => budget.checkBudget())?.message).toContain("turn budget is spent");
  });

  test("time by a clock, which every call needs", async () => {
    const clock = fakeClock();
    const budget = new BudgetTracker({ maxWallMs: 100, clock });
    await clock.advance(99);
    expect(budget.snapshot()).toMatchObject({ wallMsUsed: 99, wallMsRemaining: 1 });
    budget.reserve({ tokens: 0, cost: 0 });
    await clock.advance(1);
    expect(refusal(() => budget.reserve({ tokens: 0, cost: 0 }))?.message).toContain("time budget");
    expect(budget.child({ maxWallMs: 1000 }).snapshot().wallMsRemaining).toBe(0);
  });

  test("each try of a named call once", () => {
    const budget = new BudgetTracker({ maxTokens: 100 });
    const estimate = { tokens: 40, cost: 0, callId: "c" };
    const first = budget.reserve(estimate);
    expect(budget.reserve(estimate)).toBe(first);
    expect(budget.snapshot().tokensReserved).toBe(40);
    first.settle({ tokens: 10, cost: 0 });
    budget.reserve(estimate).settle({ tokens: 40, cost: 0 });
    expect(budget.snapshot()).toMatchObject({ tokensUsed: 10, tokensReserved: 0 });
    budget.reserve({ ...estimate, attempt: 2 }).settle({ tokens: 20, cost: 0 });
    expect(budget.snapshot().tokensUsed).toBe(30);
    // A child knows its parent's calls.
    budget.child().reserve(estimate).settle({ tokens: 40, cost: 0 });
    expect(budget.snapshot().tokensUsed).toBe(30);
  });
});

describe("BudgetTracker.extend()", () => {
  test("gives one window to what refused and asks, and to nothing else", () => {
    const parent = new BudgetTracker({ maxTokens: 15, scope: "session" });
    const budget = parent.child({ maxTokens: 10, onLimit: "ask" });
    expect(budget.extend()).toBe(false);
    expect(refusal(() => budget.reserve({ tokens: 11, cost: 0 }))?.isExtendable).toBe(true);
    expect(budget.extend()).toBe(true);
    expect(budget.extend()).toBe(false);
    expect(budget.snapshot()).toMatchObject({ maxTokens: 20, tokensRemaining: 15 });
    // The parent does not ask: nobody can raise it from below.
    const hard = refusal(() => budget.reserve({ tokens: 16, cost: 0 }));
    expect(hard).toMatchObject({ isExtendable: false, message: expect.stringContaining("of the session") });
    expect(budget.extend()).toBe(false);
  });

  test("warns anew in the new window", () => {
    const budget = new BudgetTracker({ maxTokens: 10, onLimit: "ask", warnAt: [0.5, 0.9] });
    budget.recordUsage({ inputTokens: 10, outputTokens: 0, cost: 0 });
    expect(budget.takeWarning()).toMatchObject({ share: 1 });
    expect(budget.takeWarning()).toBeUndefined();
    refusal(() => budget.reserve({ tokens: 1, cost: 0 }));
    budget.extend();
    expect(budget.takeWarning()).toMatchObject({ limit: "tokens", share: 0.5 });
  });
});

describe("BudgetTracker tells", () => {
  test("each threshold once, of its own limits and of those above", () => {
    const parent = new BudgetTracker({ maxTokens: 100, warnAt: [0.5, 0.75], scope: "session" });
    const child = parent.child();
    child.recordUsage({ inputTokens: 60, outputTokens: 0, cost: 0 });
    expect(child.takeWarning()).toMatchObject({ scope: "session", share: 0.6 });
    expect(parent.takeWarning()).toBeUndefined();
    child.recordUsage({ inputTokens: 20, outputTokens: 0, cost: 0 });
    expect(child.takeWarning()).toMatchObject({ share: 0.8 });
  });

  test("from which share on cheaper models should answer, also to children", () => {
    const budget = new BudgetTracker({ maxCost: 1, onLimit: "degrade" });
    const child = budget.child();
    budget.recordUsage({ inputTokens: 1, outputTokens: 0, cost: 0.79 });
    expect(child.snapshot().isDegraded).toBe(false);
    budget.recordUsage({ inputTokens: 1, outputTokens: 0, cost: 0.01 });
    expect(child.snapshot().isDegraded).toBe(true);
    expect(new BudgetTracker({ maxCost: 1 }).snapshot().isDegraded).toBe(false);
  });

  test.each([{ onLimit: "explode" }, { degradeAt: 0 }, { degradeAt: 1.5 }, { warnAt: [0.5, 2] }, { maxTurns: 1.5 }])(
    "refuses %j",
    (limits: object) => {
      expect(() => new BudgetTracker(limits)).toThrow();
    },
  );
});

describe("joinBudgets()", () => {
  test("holds on both or on none, and leaves the least of both", async () => {
    const outer = fakeBudget({ maxTokens: 50 });
    const joined = joinBudgets(outer, new BudgetTracker({ maxTokens: 100, maxCost: 1 }));
    await expect(async () => await joined.reserve({ tokens: 51, cost: 0 })).rejects.toThrow(BudgetExhaustedError);
    expect(await joined.snapshot()).toMatchObject({ tokensReserved: 0, tokensRemaining: 50, costRemaining: 1 });
    expect(outer.snapshot().tokensReserved).toBe(0);
    const held = await joined.reserve({ tokens: 30, cost: 0.5, callId: "c" });
    expect(outer.snapshot().tokensReserved).toBe(30);
    await held.settle({ tokens: 20, cost: 0.1 });
    expect([outer.snapshot().tokensUsed, (await joined.snapshot()).tokensUsed]).toEqual([20, 20]);
  });

  test("asks again after the outer one refused", async () => {
    let isClosed = true;
    const outer: Budget = {
      ...fakeBudget(),
      reserve(estimate) {
        if (isClosed)
          throw new BudgetExhaustedError("closed", { snapshot: fakeBudget().snapshot(), isExtendable: true });
        return fakeBudget().reserve(estimate);
      },
      extend() {
        isClosed = false;
        return true;
      },
    };
    const joined = joinBudgets(outer, new BudgetTracker({ maxTokens: 10 }));
    const estimate = { tokens: 10, cost: 0, callId: "c" };
    await expect(async () => await joined.reserve(estimate)).rejects.toThrow("closed");
    expect(await joined.extend?.()).toBe(true);
    await (await joined.reserve(estimate)).settle({ tokens: 10, cost: 0 });
    expect((await joined.snapshot()).tokensRemaining).toBe(0);
  });
});
