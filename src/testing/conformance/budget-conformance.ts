import assert from "node:assert/strict";

import { BudgetExhaustedError } from "../../errors/index.ts";
import type { Budget, BudgetEstimate } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** The limits that the suite asks for: tokens and USD; what is left out has no limit. */
export interface BudgetConformanceLimits {
  readonly maxTokens?: number;
  readonly maxCost?: number;
}

/** Gives a new budget in which nothing is used. */
export type OpenBudget = (limits: BudgetConformanceLimits) => Budget | Promise<Budget>;

/** What a ledger promises: nothing is spent beyond its limits, and what is unknown counts as spent. */
export function budgetConformance(open: OpenBudget): readonly ConformanceCase[] {
  return [...reserveCases(open), ...childCases(open), ...settleCases(open), ...snapshotCases(open)];
}

function reserveCases(open: OpenBudget): readonly ConformanceCase[] {
  return [
    {
      name: "reserve() throws BudgetExhaustedError for more than the limits leave, and holds nothing then",
      async run() {
        const budget = await open({ maxTokens: 100, maxCost: 1 });
        await expectRefusal(budget, { tokens: 101, cost: 0.1 });
        await expectRefusal(budget, { tokens: 1, cost: 1.1 });
        const { tokensReserved, costReserved, tokensRemaining } = await budget.snapshot();
        assert.deepEqual(
          { tokensReserved, costReserved, tokensRemaining },
          { tokensReserved: 0, costReserved: 0, tokensRemaining: 100 },
        );
      },
    },
    {
      name: "reserve() gives all that the limits leave",
      async run() {
        const budget = await open({ maxTokens: 100, maxCost: 1 });
        await (await budget.reserve({ tokens: 100, cost: 1 })).settle({ tokens: 100, cost: 1 });
        assert.equal((await budget.snapshot()).tokensRemaining, 0);
      },
    },
    {
      name: "reserve() counts what others hold",
      async run() {
        const budget = await open({ maxTokens: 100 });
        using held = await budget.reserve({ tokens: 60, cost: 0 });
        assert.equal((await budget.snapshot()).tokensReserved, 60);
        await expectRefusal(budget, { tokens: 41, cost: 0 });
        await held.settle({ tokens: 0, cost: 0 });
        (await budget.reserve({ tokens: 100, cost: 0 }))[Symbol.dispose]();
      },
    },
  ];
}

function childCases(open: OpenBudget): readonly ConformanceCase[] {
  return [
    {
      name: "child() can be narrower, never wider, and what it uses counts above",
      async run() {
        const budget = await open({ maxTokens: 100 });
        await expectRefusal(budget.child({ maxTokens: 1000 }), { tokens: 101, cost: 0 });
        const narrow = budget.child({ maxTokens: 10 });
        await expectRefusal(narrow, { tokens: 11, cost: 0 });
        await (await narrow.reserve({ tokens: 10, cost: 0 })).settle({ tokens: 10, cost: 0 });
        assert.equal((await budget.snapshot()).tokensUsed, 10);
      },
    },
  ];
}

function settleCases(open: OpenBudget): readonly ConformanceCase[] {
  return [
    {
      name: "settle() charges what was used and frees the rest, also when more was used than held",
      async run() {
        const budget = await open({ maxTokens: 1000, maxCost: 1 });
        await (await budget.reserve({ tokens: 500, cost: 0.5 })).settle({ tokens: 120, cost: 0.25 });
        await expectUsed(budget, { tokens: 120, cost: 0.25 });
        await (await budget.reserve({ tokens: 10, cost: 0.25 })).settle({ tokens: 30, cost: 0.25 });
        await expectUsed(budget, { tokens: 150, cost: 0.5 });
      },
    },
    {
      name: "settle() counts input and output of a usage",
      async run() {
        const budget = await open({});
        const usage = { input: 70, output: 8, cacheRead: 20, cacheWrite: 0, reasoning: 3 };
        await (await budget.reserve({ tokens: 100, cost: 0 })).settle({ usage, cost: 0 });
        const { tokensUsed, inputTokensUsed, outputTokensUsed } = await budget.snapshot();
        assert.deepEqual(
          { tokensUsed, inputTokensUsed, outputTokensUsed },
          { tokensUsed: 78, inputTokensUsed: 70, outputTokensUsed: 8 },
        );
      },
    },
    {
      name: "settle() takes an unknown cost as what was held, never as 0",
      async run() {
        const budget = await open({ maxCost: 1 });
        await (await budget.reserve({ tokens: 10, cost: 0.5 })).settle({ tokens: 10, cost: undefined });
        await expectUsed(budget, { tokens: 10, cost: 0.5 });
      },
    },
    {
      name: "disposal without settle() charges all that was held, once; after it nothing",
      async run() {
        const budget = await open({ maxTokens: 1000, maxCost: 1 });
        const reservation = await budget.reserve({ tokens: 100, cost: 0.25 });
        reservation[Symbol.dispose]();
        reservation[Symbol.dispose]();
        await expectUsed(budget, { tokens: 100, cost: 0.25 });
        const settled = await budget.reserve({ tokens: 100, cost: 0.25 });
        await settled.settle({ tokens: 1, cost: 0 });
        settled[Symbol.dispose]();
        await expectUsed(budget, { tokens: 101, cost: 0.25 });
      },
    },
  ];
}

function snapshotCases(open: OpenBudget): readonly ConformanceCase[] {
  return [
    {
      name: "snapshot() leaves undefined what has no limit",
      async run() {
        const budget = await open({ maxTokens: 100 });
        const { maxTokens, tokensRemaining, maxCost, costRemaining } = await budget.snapshot();
        assert.deepEqual(
          { maxTokens, tokensRemaining, maxCost, costRemaining },
          {
            maxTokens: 100,
            tokensRemaining: 100,
            maxCost: undefined,
            costRemaining: undefined,
          },
        );
      },
    },
    {
      name: "takeWarning() gives each warning once, with a share from 0 to 1",
      async run() {
        const budget = await open({ maxTokens: 100, maxCost: 1 });
        await (await budget.reserve({ tokens: 100, cost: 1 })).settle({ tokens: 100, cost: 1 });
        for (let taken = 0; taken < 100; taken += 1) {
          const warning = budget.takeWarning();
          if (warning === undefined) return;
          assert(warning.share >= 0 && warning.share <= 1, `a share is from 0 to 1, got ${warning.share}`);
          assert.equal(warning.snapshot.tokensUsed, 100);
        }
        assert.fail("takeWarning() gives warnings without end");
      },
    },
  ];
}

async function expectRefusal(budget: Budget, estimate: BudgetEstimate): Promise<void> {
  await assert.rejects(
    async () => await budget.reserve(estimate),
    (error) => BudgetExhaustedError.isInstance(error) && typeof error.snapshot === "object",
    `reserve(${JSON.stringify(estimate)}) must throw a BudgetExhaustedError with the snapshot`,
  );
}

async function expectUsed(
  budget: Budget,
  { tokens, cost }: { readonly tokens: number; readonly cost: number },
): Promise<void> {
  const { tokensUsed, costUsed, tokensReserved, costReserved } = await budget.snapshot();
  assert.deepEqual(
    { tokensUsed, costUsed, tokensReserved, costReserved },
    {
      tokensUsed: tokens,
      costUsed: cost,
      tokensReserved: 0,
      costReserved: 0,
    },
  );
}
