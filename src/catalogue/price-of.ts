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
  if (model?.pricing === undefined) return undefined;
  const prices = pricesFor(model.pricing, usage.input);
  const { input, output, cacheRead, cacheWrite, cacheWrite1h = 0 } = usage;
  const writePrice = prices.cacheWrite ?? prices.input;
  const charges: Charges = [
    [Math.max(0, input - cacheRead - cacheWrite), prices.input],
    [cacheRead, prices.cacheRead ?? prices.input],
    [Math.max(0, cacheWrite - cacheWrite1h), writePrice],
    [cacheWrite1h, prices.cacheWrite1h ?? writePrice],
    [output, prices.output],
  ];
  let picos = 0;
  for (const [tokens, price] of charges) {
    const perToken = picosPerToken(price);
    if (!isCount(tokens) || !isPrice(price) || !Number.isFinite(perToken)) return undefined;
    picos += tokens * perToken;
  }
  if (!isCount(input)) return undefined;
  return (Number.isSafeInteger(picos) ? ceilNanos(picos) : ceilNanosOfMuch(charges)) / NANOS_PER_USD;
}

type Charges = readonly (readonly [tokens: number, usdPerMillion: number])[];

/** Exact for whole numbers: a quotient would be rounded before it is rounded up. */
function ceilNanos(picos: number): number {
  const rest = picos % PICOS_PER_NANO;
  return (picos - rest) / PICOS_PER_NANO + (rest > 0 ? 1 : 0);
}

/** Above about nine thousand dollars plain numbers are no whole numbers any more. */
function ceilNanosOfMuch(charges: Charges): number {
  const picos = charges.reduce((sum, [tokens, price]) => sum + BigInt(tokens) * BigInt(picosPerToken(price)), 0n);
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

function isPrice(usd: number): boolean {
  return Number.isFinite(usd) && usd >= 0;
}
