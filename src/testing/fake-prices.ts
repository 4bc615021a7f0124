import type { ModelInfo, Prices, Pricing, Usage } from "../spec/index.ts";

/**
 * Prices of the models that are named, in USD for a million tokens; every other model is unknown. A name stands for
 * the model of any provider.
 */
export function fakePrices(pricing: Readonly<Record<string, Pricing>> = {}): Prices {
  const models = new Map(Object.entries(pricing));
  return {
    findModel(id, provider = "fake") {
      const found = models.get(id);
      return found === undefined ? undefined : { id, provider, pricing: found };
    },
    priceOf: priceByTable,
  };
}

function priceByTable(usage: Usage, model: ModelInfo | undefined): number | undefined {
  if (model?.pricing === undefined) return undefined;
  const { tiers = [], ...base } = model.pricing;
  const reached = tiers.filter(({ inputTokensAbove }) => usage.input > inputTokensAbove);
  const prices = reached.sort((left, right) => left.inputTokensAbove - right.inputTokensAbove).at(-1) ?? base;
  const { input, output, cacheRead = input, cacheWrite = input } = prices;
  const uncached = usage.input - usage.cacheRead - usage.cacheWrite;
  const charges =
    uncached * input + usage.cacheRead * cacheRead + usage.cacheWrite * cacheWrite + usage.output * output;
  return charges / 1_000_000;
}
