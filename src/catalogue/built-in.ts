import type { ModelInfo, Usage } from "../spec/index.ts";
import { type Catalogue, createCatalogue } from "./catalogue.ts";
import type { CatalogueEntry } from "./check-entry.ts";
import { type AddedModels, listAll, listNames, lookUp } from "./look-up.ts";
import { DEFAULT_MODELS } from "./own-models.ts";
import { priceOf as priceOfModel } from "./price-of.ts";

const NOTHING_ADDED: AddedModels = { models: new Map(), aliases: new Map() };

/**
 * The shipped facts of a model, by exact id, alias ("opus", "sonnet", "haiku") or `provider/id`; `undefined` when it is
 * unknown. Never another model that has a similar name.
 */
export function findModel(id: string, provider?: string): ModelInfo | undefined {
  return lookUp(id, provider, NOTHING_ADDED);
}

/**
 * What a usage costs, in USD, by a model or by the id of a shipped one; `undefined` when the price is not known. Never
 * throws. `usage.input` includes what was read from and written to the cache.
 */
export function priceOf(usage: Usage, model: ModelInfo | string | undefined): number | undefined {
  return priceOfModel(usage, typeof model === "string" ? findModel(model) : model);
}

/** All shipped models, or those of one provider, sorted by provider and id. */
export function listModels(provider?: string): readonly ModelInfo[] {
  return listAll(provider, NOTHING_ADDED);
}

/** Every name under which a shipped model is found, its providers' names too: for messages about one that is unknown. */
export function modelNames(): readonly string[] {
  return listNames();
}

/**
 * The shipped catalogue with these entries added or replaced. It changes nothing anywhere else: pass what it returns as
 * the option `prices`. Throws a `TypeError` or `RangeError` for an entry that cannot be used.
 */
export function extendCatalogue(entries: readonly CatalogueEntry[]): Catalogue {
  return createCatalogue({ models: entries });
}

/** The id of the model that a provider is asked for where nobody names one; `undefined` for an unknown provider. */
export function defaultModel(provider: string): string | undefined {
  return Object.hasOwn(DEFAULT_MODELS, provider) ? DEFAULT_MODELS[provider] : undefined;
}
