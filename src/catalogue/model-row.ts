import type { ModelInfo, Pricing, PricingTier } from "../spec/index.ts";

/** Prices in USD for a million tokens; a cache price that is not known is left out. */
export type PriceRow = readonly [
  input: number,
  output: number,
  cacheRead?: number,
  cacheWrite?: number,
  cacheWrite1h?: number,
];

/** Dearer prices above a number of input tokens. */
export type TierRow = readonly [inputTokensAbove: number, ...prices: PriceRow];

/** A model in the compact form of the shipped tables. Without prices: they are not known. */
export type ModelRow = readonly [
  contextWindow: number,
  maxOutputTokens: number,
  /** What it can do: "v" reads images, "r" reasons. */
  flags: string,
  prices?: PriceRow,
  ...tiers: readonly TierRow[],
];

/** Models by provider and id. */
export type ModelTable = Readonly<Record<string, Readonly<Record<string, ModelRow>>>>;

/** The model of a table, or `undefined`. Only own keys count: an id may come from outside. */
export function readRow(table: ModelTable, provider: string, id: string): ModelInfo | undefined {
  const models = Object.hasOwn(table, provider) ? table[provider] : undefined;
  const row = models !== undefined && Object.hasOwn(models, id) ? models[id] : undefined;
  return row === undefined ? undefined : toInfo(provider, id, row);
}

function toInfo(provider: string, id: string, row: ModelRow): ModelInfo {
  const [contextWindow, maxOutputTokens, flags, prices, ...tiers] = row;
  const capabilities = Object.freeze({ vision: flags.includes("v"), reasoning: flags.includes("r") });
  const known = { id, provider, contextWindow, maxOutputTokens, capabilities };
  if (prices === undefined) return Object.freeze(known);
  const tiered = tiers.length === 0 ? {} : { tiers: Object.freeze(tiers.map(toTier)) };
  return Object.freeze({ ...known, pricing: Object.freeze({ ...toPrices(prices), ...tiered }) });
}

function toTier([inputTokensAbove, ...prices]: TierRow): PricingTier {
  return Object.freeze({ inputTokensAbove, ...toPrices(prices) });
}

function toPrices([input, output, cacheRead, cacheWrite, cacheWrite1h]: PriceRow): Pricing {
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(cacheWrite1h === undefined ? {} : { cacheWrite1h }),
  };
}
