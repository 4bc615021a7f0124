import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { BudgetExhaustedError, BudgetTracker } from "../../src/budget/index.ts";

type Reservation = ReturnType<BudgetTracker["reserve"]>;

describe("BudgetTracker refuses", () => {
  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 0.5])("recordUsage() with %s tokens", (tokens) => {
    const budget = new BudgetTracker();
    expect(() => budget.recordUsage({ inputTokens: tokens, outputTokens: 0, cost: 0 })).toThrow(RangeError);
    expect(budget.snapshot().tokensUsed).toBe(0);
  });

  test.each([-0.01, Number.NaN, Number.POSITIVE_INFINITY, 1e9])("recordUsage() with a cost of %s", (cost) => {
    const budget = new BudgetTracker();
    expect(() => budget.recordUsage({ inputTokens: 1, outputTokens: 0, cost })).toThrow(RangeError);
    expect(budget.snapshot().tokensUsed).toBe(0);
  });

  test.each([{ maxTokens: -1 }, { maxTokens: 1.5 }, { maxCost: Number.NaN }, { warnAt: 0 }, { warnAt: 1.1 }])(
    "limits that are none: %j",
    (limits) => expect(() => new BudgetTracker(limits)).toThrow(RangeError),
  );

  test("an unknown onUnknownCost", () => {
    // @ts-expect-error a rule that does not exist
    expect(() => new BudgetTracker({ onUnknownCost: "allow" })).toThrow(TypeError);
  });

  test("checkBudget() when the tokens are used up, with a snapshot", () => {
    const budget = new BudgetTracker({ maxTokens: 100 });
    budget.recordUsage({ inputTokens: 60, outputTokens: 40, cost: 0 });
    const error = catchError(() => budget.checkBudget());
    expect(BudgetExhaustedError.isInstance(error) && error.snapshot.tokensUsed).toBe(100);
    expect(BudgetExhaustedError.isInstance(error) && error.snapshot.tokensRemaining).toBe(0);
  });

  test("checkBudget() when the cost is used up", () => {
    const budget = new BudgetTracker({ maxCost: 0.5 });
    budget.recordUsage({ inputTokens: 1, outputTokens: 1, cost: 0.5 });
    expect(() => budget.checkBudget()).toThrow(BudgetExhaustedError);
  });

  test("a limit of 0 at once", () => {
    expect(() => new BudgetTracker({ maxTokens: 0 }).checkBudget()).toThrow(BudgetExhaustedError);
  });

  test("reserve() beyond what is left, and holds nothing then", () => {
    const budget = new BudgetTracker({ maxTokens: 100, maxCost: 1 });
    expect(() => budget.reserve({ tokens: 50, cost: 1.01 })).toThrow(BudgetExhaustedError);
    expect(() => budget.reserve({ tokens: 101, cost: 0 })).toThrow(BudgetExhaustedError);
    expect(budget.snapshot()).toMatchObject({ tokensReserved: 0, costReserved: 0 });
  });

  test("reserve() without a cost while the cost is limited, and says what to do", () => {
    const budget = new BudgetTracker({ maxCost: 1 });
    expect(() => budget.reserve({ tokens: 10 })).toThrow(/price.*maxTokens/);
  });

  test("reserve() after a cost was unknown", () => {
    const budget = new BudgetTracker({ maxCost: 1 });
    budget.recordUsage({ inputTokens: 10, outputTokens: 5 });
    expect(budget.hasUnknownCost).toBe(true);
    expect(budget.snapshot().tokensUsed).toBe(15);
    expect(() => budget.reserve({ cost: 0.1 })).toThrow(BudgetExhaustedError);
    expect(() => budget.checkBudget()).toThrow(BudgetExhaustedError);
    expect(() => budget.reserve({ cost: 0, tokens: 0 })).not.toThrow();
  });

  test("a child what its parent cannot pay", () => {
    const parent = new BudgetTracker({ maxTokens: 100 });
    const child = parent.child({ maxTokens: 1000 });
    expect(() => child.reserve({ tokens: 101 })).toThrow(BudgetExhaustedError);
    child.recordUsage({ inputTokens: 100, outputTokens: 0 });
    expect(() => child.checkBudget()).toThrow(BudgetExhaustedError);
    expect(() => parent.checkBudget()).toThrow(BudgetExhaustedError);
  });

  test("settle() a second time, and after disposal", () => {
    const reservation = new BudgetTracker().reserve({ tokens: 1, cost: 0 });
    reservation.settle({ tokens: 1, cost: 0 });
    expect(() => reservation.settle({ tokens: 1, cost: 0 })).toThrow(TypeError);
    const disposed = new BudgetTracker().reserve({ tokens: 1, cost: 0 });
    disposed[Symbol.dispose]();
    expect(() => disposed.settle({ tokens: 1, cost: 0 })).toThrow(TypeError);
  });

  test("settle() with an amount that is none, and charges what was held on disposal", () => {
    const budget = new BudgetTracker({ maxTokens: 10 });
    const reservation = budget.reserve({ tokens: 7, cost: 0 });
    expect(() => reservation.settle({ tokens: Number.NaN })).toThrow(RangeError);
    reservation[Symbol.dispose]();
    expect(budget.snapshot()).toMatchObject({ tokensUsed: 7, tokensReserved: 0 });
  });
});

describe("BudgetTracker", () => {
  test("counts usage", () => {
    const budget = new BudgetTracker({ maxTokens: 1000, maxCost: 1 });
    budget.recordUsage({ inputTokens: 100, outputTokens: 50, cost: 0.1 });
    expect(budget.snapshot()).toMatchObject({
      inputTokensUsed: 100,
      outputTokensUsed: 50,
      tokensUsed: 150,
      costUsed: 0.1,
      tokensRemaining: 850,
      costRemaining: 0.9,
    });
    budget.recordUsage({ inputTokens: 200, outputTokens: 0, cost: 0.2 });
    expect(budget.snapshot().inputTokensUsed).toBe(300);
    expect(budget.snapshot().costUsed).toBe(0.3);
  });

  test("without limits is never exhausted and has no remainder", () => {
    const budget = new BudgetTracker();
    budget.recordUsage({ inputTokens: 1_000_000, outputTokens: 0, cost: 100 });
    budget.checkBudget();
    expect(budget.snapshot()).toMatchObject({ tokensRemaining: undefined, costRemaining: undefined });
    expect(() => budget.reserve({})).not.toThrow();
  });

  test("sums small prices exactly", () => {
    const budget = new BudgetTracker({ maxCost: 1 });
    for (let call = 0; call < 10_000; call += 1) budget.recordUsage({ inputTokens: 1, outputTokens: 0, cost: 0.000_1 });
    expect(budget.snapshot().costUsed).toBe(1);
    expect(() => budget.checkBudget()).toThrow(BudgetExhaustedError);
  });

  test("reset() starts again, keeps reservations, leaves parents alone", () => {
    const parent = new BudgetTracker();
    const budget = parent.child({ maxTokens: 100, maxCost: 1 });
    const held = budget.reserve({ tokens: 10, cost: 0 });
    budget.recordUsage({ inputTokens: 100, outputTokens: 0 });
    expect(budget.takeWarning()?.limit).toBe("tokens");
    budget.reset();
    expect(budget.snapshot()).toMatchObject({ tokensUsed: 0, tokensReserved: 10 });
    expect(budget.hasUnknownCost).toBe(false);
    expect(parent.snapshot().tokensUsed).toBe(100);
    held.settle({ tokens: 85, cost: 0 });
    expect(budget.takeWarning()?.limit).toBe("tokens");
  });

  test("reserve() counts against what is left until settled; what was told replaces what was held", () => {
    const budget = new BudgetTracker({ maxTokens: 100, maxCost: 1 });
    const reservation = budget.reserve({ tokens: 80, cost: 0.8 });
    expect(budget.snapshot()).toMatchObject({
      tokensUsed: 0,
      tokensReserved: 80,
      tokensRemaining: 20,
      costRemaining: 0.2,
    });
    reservation.settle({ usage: { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, reasoning: 0 }, cost: 0.05 });
    reservation[Symbol.dispose]();
    expect(budget.snapshot()).toMatchObject({
      tokensUsed: 15,
      inputTokensUsed: 10,
      outputTokensUsed: 5,
      tokensReserved: 0,
      costUsed: 0.05,
    });
  });

  test("settle() records more than was held", () => {
    const budget = new BudgetTracker({ maxTokens: 10 });
    budget.reserve({ tokens: 5 }).settle({ tokens: 50 });
    expect(budget.snapshot()).toMatchObject({ tokensUsed: 50, tokensRemaining: 0 });
  });

  test("settle() with an unknown cost charges the worst case that was held", () => {
    const budget = new BudgetTracker({ maxCost: 1 });
    budget.reserve({ tokens: 5, cost: 0.4 }).settle({ tokens: 5, cost: undefined });
    expect(budget.snapshot().costUsed).toBe(0.4);
    expect(budget.hasUnknownCost).toBe(false);
  });

  test("count_as_zero lets unknown costs pass, in children too", () => {
    const budget = new BudgetTracker({ maxCost: 1, onUnknownCost: "count_as_zero" });
    budget.child().reserve({ tokens: 5 }).settle({ tokens: 5 });
    budget.checkBudget();
    expect(budget.hasUnknownCost).toBe(true);
  });

  test("disposal charges what was held, also to parents", () => {
    const parent = new BudgetTracker({ maxTokens: 100 });
    {
      using _held = parent.child().reserve({ tokens: 30, cost: 0.1 });
    }
    expect(parent.snapshot()).toMatchObject({ tokensUsed: 30, costUsed: 0.1, tokensReserved: 0 });
  });

  test("child() shows the least that the chain leaves", () => {
    const parent = new BudgetTracker({ maxTokens: 100 });
    const child = parent.child({ maxTokens: 80 });
    expect(child.snapshot().tokensRemaining).toBe(80);
    parent.recordUsage({ inputTokens: 50, outputTokens: 0 });
    expect(child.snapshot()).toMatchObject({ tokensUsed: 0, tokensRemaining: 50, maxTokens: 80 });
  });

  test("takeWarning() warns once a limit", () => {
    const budget = new BudgetTracker({ maxTokens: 100, maxCost: 1, warnAt: 0.5 });
    expect(budget.takeWarning()).toBeUndefined();
    budget.recordUsage({ inputTokens: 50, outputTokens: 0, cost: 2 });
    expect(budget.takeWarning()).toMatchObject({ limit: "tokens", share: 0.5 });
    expect(budget.takeWarning()).toMatchObject({ limit: "cost", share: 1 });
    expect(budget.takeWarning()).toBeUndefined();
  });
});

/** One step of a random life of a tree of budgets. */
const step = fc.oneof(
  fc.record({ type: fc.constant("reserve" as const), at: fc.nat(2), tokens: fc.nat(400), cost: fc.nat(400) }),
  fc.record({
    type: fc.constant("settle" as const),
    which: fc.nat(20),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ type: fc.constant("dispose" as const), which: fc.nat(20) }),
);

test("reserve() never grants more than any limit under any interleaving", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const root = new BudgetTracker({ maxTokens: 1000, maxCost: 1 });
      const trackers = [root, root.child({ maxTokens: 600 }), root.child({ maxCost: 0.7 })] as const;
      const open: { reservation: Reservation; tokens: number; cost: number }[] = [];
      for (const each of steps) {
        if (each.type === "reserve") {
          const [tokens, cost] = [each.tokens, each.cost / 1000];
          const reservation = attempt(() => (trackers[each.at] ?? root).reserve({ tokens, cost }));
          if (reservation !== undefined) open.push({ reservation, tokens, cost });
        } else {
          const [entry] = open.splice(each.which, 1);
          if (entry === undefined) continue;
          if (each.type === "dispose") entry.reservation[Symbol.dispose]();
          else {
            const tokens = Math.floor(entry.tokens * each.share);
            entry.reservation.settle({ tokens, cost: entry.cost * each.share });
          }
        }
        for (const tracker of trackers) {
          const state = tracker.snapshot();
          expect(state.tokensUsed + state.tokensReserved).toBeLessThanOrEqual(state.maxTokens ?? Infinity);
          expect(state.costUsed + state.costReserved).toBeLessThanOrEqual((state.maxCost ?? Infinity) + 1e-9);
        }
      }
      for (const { reservation } of open) reservation[Symbol.dispose]();
      const [all, first, second] = trackers.map((tracker) => tracker.snapshot());
      expect(all?.tokensReserved).toBe(0);
      expect(all?.tokensUsed).toBeGreaterThanOrEqual((first?.tokensUsed ?? 0) + (second?.tokensUsed ?? 0));
    }),
  );
});

/** What a reservation gave; nothing where the budget refused. Any other error is a failure of the test. */
function attempt(reserve: () => Reservation): Reservation | undefined {
  try {
    return reserve();
  } catch (error) {
    if (BudgetExhaustedError.isInstance(error)) return undefined;
    throw error;
  }
}

function catchError(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
