import assert from "node:assert/strict";

import type { ModelInfo, Prices, Usage } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** What prices promise: an unknown one is `undefined`, never 0. `known` is a model that they know the price of. */
export function pricesConformance(
  prices: Prices,
  known: { readonly id: string; readonly provider?: string },
): readonly ConformanceCase[] {
  return [
    {
      name: "findModel() finds the model that is known, and it has a price",
      async run() {
        const model = prices.findModel(known.id, known.provider);
        assert(model !== undefined, `${known.id} was not found`);
        const cost = prices.priceOf(MILLION_IN, model);
        assert(cost !== undefined && Number.isFinite(cost) && cost >= 0, `a cost is a number from 0 on, got ${cost}`);
      },
    },
    {
      name: "findModel() gives undefined for a model that nobody knows, whatever its name",
      async run() {
        for (const id of ["", "no-such-model", `${known.id}-no-such`, "constructor", "toString", "__proto__"]) {
          assert.equal(prices.findModel(id), undefined, `findModel(${JSON.stringify(id)}) found something`);
        }
      },
    },
    {
      name: "priceOf() gives undefined where the price is not known, never 0",
      async run() {
        assert.equal(prices.priceOf(MILLION_IN, undefined), undefined);
        assert.equal(prices.priceOf(MILLION_IN, { id: "no-such-model", provider: "nobody" }), undefined);
      },
    },
    {
      name: "priceOf() takes prices as USD for a million tokens, each part at its own",
      run: async () => checkParts(prices),
    },
    { name: "priceOf() takes the last tier that is reached", run: async () => checkTiers(prices) },
  ];
}

const NOTHING: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
const MILLION_IN: Usage = { ...NOTHING, input: 1_000_000 };
const PRICED: ModelInfo = {
  id: "priced",
  provider: "nobody",
  pricing: { input: 4, output: 16, cacheRead: 0.5, cacheWrite: 5 },
};

function checkParts(prices: Prices): void {
  const costs: readonly (readonly [usage: Usage, cost: number])[] = [
    [NOTHING, 0],
    [MILLION_IN, 4],
    [{ ...NOTHING, output: 500_000, reasoning: 500_000 }, 8],
    [{ ...MILLION_IN, cacheRead: 500_000, cacheWrite: 100_000 }, 1.6 + 0.25 + 0.5],
  ];
  for (const [usage, cost] of costs) expectCost(prices.priceOf(usage, PRICED), cost);
}

function checkTiers(prices: Prices): void {
  const tiers = [
    { inputTokensAbove: 100_000, input: 8, output: 32 },
    { inputTokensAbove: 500_000, input: 16, output: 64 },
  ];
  const model: ModelInfo = { ...PRICED, pricing: { input: 4, output: 16, tiers } };
  expectCost(prices.priceOf({ ...NOTHING, input: 50_000 }, model), 0.2);
  expectCost(prices.priceOf({ ...NOTHING, input: 250_000 }, model), 2);
  expectCost(prices.priceOf(MILLION_IN, model), 16);
}

function expectCost(actual: number | undefined, expected: number): void {
  const isRight = actual !== undefined && Math.abs(actual - expected) < 1e-6;
  assert(isRight, `the cost must be ${expected} USD, got ${actual}`);
}
