import type { ModelInfo, Pricing, PricingTier } from "../spec/index.ts";

/** A model that a host adds to a catalogue, or facts that replace what the catalogue says of it. */
export interface CatalogueEntry extends ModelInfo {
  /** Other names that mean this model. */
  readonly aliases?: readonly string[];
}

/** An entry that was checked. */
export interface CheckedEntry {
  readonly model: ModelInfo;
  readonly aliases: readonly string[];
}

/** A frozen copy of an entry. Throws a `TypeError` or `RangeError` that names the entry and the field. */
export function checkEntry({ aliases = [], ...model }: CatalogueEntry): CheckedEntry {
  const label = `Catalogue entry ${String(model.provider)}/${String(model.id)}`;
  checkName(model.id, `${label}: id`);
  checkName(model.provider, `${label}: provider`);
  for (const alias of aliases) checkName(alias, `${label}: aliases`);
  checkNumber(model.contextWindow, `${label}: contextWindow`);
  checkNumber(model.maxOutputTokens, `${label}: maxOutputTokens`);
  const pricing = model.pricing === undefined ? {} : { pricing: checkPricing(model.pricing, label) };
  return { model: Object.freeze({ ...model, ...pricing }), aliases: [...aliases] };
}

function checkPricing({ tiers, ...prices }: Pricing, label: string): Pricing {
  checkPrices(prices, `${label}: pricing`);
  if (tiers === undefined) return Object.freeze(prices);
  const copies = tiers.map((tier) => {
    checkNumber(tier.inputTokensAbove, `${label}: pricing.tiers.inputTokensAbove`);
    return Object.freeze(checkPrices({ ...tier }, `${label}: pricing.tiers`));
  });
  return Object.freeze({ ...prices, tiers: Object.freeze(copies) });
}

function checkPrices<Prices extends Pricing | PricingTier>(prices: Prices, label: string): Prices {
  for (const field of ["input", "output"] as const) {
    if (prices[field] === undefined) throw new TypeError(`${label} needs "${field}": USD for a million tokens`);
  }
  for (const field of ["input", "output", "cacheRead", "cacheWrite", "cacheWrite1h"] as const) {
    checkNumber(prices[field], `${label}.${field}`);
  }
  return prices;
}

function checkNumber(value: number | undefined, label: string): void {
  if (value === undefined) return;
  if (!Number.isFinite(value) || value < 0) {
    throw new RangeError(`${label} must be a number that is not negative, got ${String(value)}`);
  }
}

function checkName(value: string, label: string): void {
  if (typeof value === "string" && value.trim() !== "") return;
  throw new TypeError(`${label} must be a name, got ${JSON.stringify(value)}`);
}
