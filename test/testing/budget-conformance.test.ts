import { describe, it } from "vitest";

import { BudgetTracker } from "../../src/budget/index.ts";
import type { BudgetUsage } from "../../src/spec/index.ts";
import { budgetConformance, fakeBudget, type FakeBudget, type OpenBudget } from "../../src/testing/index.ts";
import { expectConforming, expectFaultsFound } from "./run-cases.ts";

expectConforming(
  "BudgetTracker",
  budgetConformance((limits) => new BudgetTracker(limits)),
);
expectConforming(
  "a child of BudgetTracker",
  budgetConformance((limits) => new BudgetTracker({}).child(limits)),
);
expectConforming("fakeBudget()", budgetConformance(fakeBudget));

/** A tracker with one thing changed. */
function broken(change: (budget: FakeBudget) => Partial<FakeBudget>): OpenBudget {
  return (limits) => {
    const inner = new BudgetTracker(limits);
    const budget: FakeBudget = {
      reserve: (estimate) => inner.reserve(estimate),
      snapshot: () => inner.snapshot(),
      takeWarning: () => inner.takeWarning(),
      child: (narrower) => inner.child(narrower),
    };
    return { ...budget, ...change(budget) };
  };
}

function brokenSettle(change: (actual: BudgetUsage) => BudgetUsage): OpenBudget {
  return broken(({ reserve }) => ({
    reserve(estimate) {
      const held = reserve(estimate);
      return { settle: (actual) => held.settle(change(actual)), [Symbol.dispose]: () => held[Symbol.dispose]() };
    },
  }));
}

describe("budgetConformance()", () => {
  it("finds every fault", async () => {
    await expectFaultsFound({
      "refuses nothing": budgetConformance(() => fakeBudget()),
      "refuses with another error": budgetConformance(
        broken(({ reserve }) => ({
          reserve(estimate) {
            try {
              return reserve(estimate);
            } catch {
              throw new Error("no");
            }
          },
        })),
      ),
      "leaves less than its limits": budgetConformance((limits) =>
        fakeBudget({ ...limits, ...(limits.maxTokens === undefined ? {} : { maxTokens: limits.maxTokens - 1 }) }),
      ),
      "takes an unknown cost as 0": budgetConformance(
        brokenSettle((actual) => ({ ...actual, cost: actual.cost ?? 0 })),
      ),
      "forgets input and output": budgetConformance(brokenSettle(({ cost }) => ({ tokens: 1, cost }))),
      "is free when it is not settled": budgetConformance(
        broken(({ reserve }) => ({
          reserve(estimate) {
            const held = reserve(estimate);
            return {
              settle: (actual) => held.settle(actual),
              [Symbol.dispose]: () => held.settle({ tokens: 0, cost: 0 }),
            };
          },
        })),
      ),
      "tells 0 where there is no limit": budgetConformance(
        broken(({ snapshot }) => ({
          snapshot: () => ({ ...snapshot(), costRemaining: snapshot().costRemaining ?? 0 }),
        })),
      ),
      "gives children more than it has": budgetConformance(broken(() => ({ child: (limits) => fakeBudget(limits) }))),
      "warns without end": budgetConformance(
        broken(({ snapshot }) => ({ takeWarning: () => ({ limit: "tokens", share: 1, snapshot: snapshot() }) })),
      ),
    });
  });
});
