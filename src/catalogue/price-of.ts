import type { ModelInfo, Pricing, PricingTier, Usage } from "../spec/index.ts";

const PICOS_PER_NANO = 1_000n;
const NANOS_PER_USD = 1_000_000_000;

/**
 * What a usage costs, in USD; `undefined` when the price is not known, also when the usage or the price is no number
 * that could be counted. Never throws.
 *
 * `usage.input` includes what was read from and written to the cache: these parts are charged at their own prices, or
 * as input where the vendor's price for them is not known. A tier counts for the whole call once `usage.input` is above
 * its bound. The sum is exact (integers of a millionth of a millionth USD) and rounded up to a whole nano-dollar once.
 */
export function priceOf(usage: Usage, model: ModelInfo | undefined): number | undefined {
  if (model?.pricing === undefined) return undefined;
  const prices = pricesFor(model.pricing, usage.input);
  const { input, output, cacheRead, cacheWrite, cacheWrite1h = 0 } = usage;
  const writePrice = prices.cacheWrite ?? prices.input;
  const charges: readonly (readonly [tokens: number, usdPerMillion: number])[] = [
    [Math.max(0, input - cacheRead - cacheWrite), prices.input],
    [cacheRead, prices.cacheRead ?? prices.input],
    [Math.max(0, cacheWrite - cacheWrite1h), writePrice],
    [cacheWrite1h, prices.cacheWrite1h ?? writePrice],
    [output, prices.output],
  ];
  if (!isCount(input) || !charges.every(([tokens, price]) => isCount(tokens) && isPrice(price))) return undefined;
  const picos = charges.reduce((sum, [tokens, price]) => sum + BigInt(tokens) * picosPerToken(price), 0n);
  return Number((picos + PICOS_PER_NANO - 1n) / PICOS_PER_NANO) / NANOS_PER_USD;
}

/** The last tier that is reached, whatever the order in which they are written. */
function pricesFor(pricing: Pricing, input: number): Pricing | PricingTier {
  return (pricing.tiers ?? []).reduce<Pricing | PricingTier>(
    (best, tier) => (input > tier.inputTokensAbove && tier.inputTokensAbove >= boundOf(best) ? tier : best),
    pricing,
  );
}

function boundOf(prices: Pricing | PricingTier): number {
  return "inputTokensAbove" in prices ? prices.inputTokensAbove : 0;
}

/** USD for a million tokens is a millionth of a USD for one: times a million makes pico-dollars. */
function picosPerToken(usdPerMillion: number): bigint {
  return BigInt(Math.round(usdPerMillion * 1_000_000));
}

function isCount(tokens: number): boolean {
  return Number.isSafeInteger(tokens) && tokens >= 0;
}

function isPrice(usd: number): boolean {
  return Number.isFinite(usd) && usd >= 0;
}
