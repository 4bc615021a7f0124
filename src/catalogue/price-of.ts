import type { ModelInfo, Pricing, PricingTier, Usage } from "../spec/index.ts";

const PICOS_PER_NANO = 1_000;
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
  if (model?.pricing === undefined || !isCount(usage.input)) return undefined;
  const prices = pricesFor(model.pricing, usage.input);
  const picos = sumCharges(usage, prices, { none: 0, add: addPicos });
  if (Number.isNaN(picos)) return undefined;
  // Above about nine thousand dollars plain numbers are no whole numbers any more.
  const nanos = Number.isSafeInteger(picos)
    ? ceilNanos(picos)
    : ceilBigNanos(sumCharges(usage, prices, { none: 0n, add: addBigPicos }));
  return nanos / NANOS_PER_USD;
}

/** How charges are added up, in whole pico-dollars. */
interface Adding<Sum> {
  readonly none: Sum;
  add(sum: Sum, tokens: number, usdPerMillion: number): Sum;
}

function sumCharges<Sum>(usage: Usage, prices: Pricing | PricingTier, { none, add }: Adding<Sum>): Sum {
  const { input, output, cacheRead, cacheWrite, cacheWrite1h = 0 } = usage;
  const writePrice = prices.cacheWrite ?? prices.input;
  let sum = add(none, Math.max(0, input - cacheRead - cacheWrite), prices.input);
  sum = add(sum, cacheRead, prices.cacheRead ?? prices.input);
  sum = add(sum, Math.max(0, cacheWrite - cacheWrite1h), writePrice);
  sum = add(sum, cacheWrite1h, prices.cacheWrite1h ?? writePrice);
  return add(sum, output, prices.output);
}

/** NaN as soon as something cannot be counted. */
function addPicos(sum: number, tokens: number, usdPerMillion: number): number {
  const perToken = picosPerToken(usdPerMillion);
  if (!isCount(tokens) || usdPerMillion < 0 || !Number.isFinite(perToken)) return Number.NaN;
  return sum + tokens * perToken;
}

function addBigPicos(sum: bigint, tokens: number, usdPerMillion: number): bigint {
  return sum + BigInt(tokens) * BigInt(picosPerToken(usdPerMillion));
}

/** Exact for whole numbers: a quotient would be rounded before it is rounded up. */
function ceilNanos(picos: number): number {
  const rest = picos % PICOS_PER_NANO;
  return (picos - rest) / PICOS_PER_NANO + (rest > 0 ? 1 : 0);
}

function ceilBigNanos(picos: bigint): number {
  const perNano = BigInt(PICOS_PER_NANO);
  return Number((picos + perNano - 1n) / perNano);
}

/** The last tier that is reached, whatever the order in which they are written. */
function pricesFor(pricing: Pricing, input: number): Pricing | PricingTier {
  if (pricing.tiers === undefined) return pricing;
  return pricing.tiers.reduce<Pricing | PricingTier>(
    (best, tier) => (input > tier.inputTokensAbove && tier.inputTokensAbove >= boundOf(best) ? tier : best),
    pricing,
  );
}

function boundOf(prices: Pricing | PricingTier): number {
  return "inputTokensAbove" in prices ? prices.inputTokensAbove : 0;
}

/** USD for a million tokens is a millionth of a USD for one: times a million makes pico-dollars. */
function picosPerToken(usdPerMillion: number): number {
  return Math.round(usdPerMillion * 1_000_000);
}

function isCount(tokens: number): boolean {
  return Number.isSafeInteger(tokens) && tokens >= 0;
}
