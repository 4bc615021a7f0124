import type { ModelInfo, Prices } from "../spec/index.ts";
import { type CatalogueEntry, checkEntry } from "./check-entry.ts";
import { keyOf, listAll, lookUp } from "./look-up.ts";
import { priceOf } from "./price-of.ts";

/** What is known of models: the shipped tables and what a host added. It never changes; `extend` makes another one. */
export interface Catalogue extends Prices {
  /** A catalogue in which these entries replace those of the same provider and id. */
  extend(entries: readonly CatalogueEntry[]): Catalogue;
  /** All models, or those of one provider, sorted by provider and id. */
  listModels(provider?: string): readonly ModelInfo[];
}

/** How to make a catalogue. */
export interface CatalogueOptions {
  /** Models besides the shipped ones; the same provider and id replace. @default [] */
  readonly models?: readonly CatalogueEntry[];
}

/**
 * Makes a catalogue of the shipped models and the host's own. Throws a `TypeError` or `RangeError` for an entry without
 * names or with numbers that are none.
 *
 * A model is found by its exact id, else by an alias, else as `provider/id`. Nothing is ever found by resemblance: an
 * unknown model has no price, rather than another one's. Without `provider`, an id that several providers have is
 * ambiguous and not found.
 *
 * @example
 * ```ts
 * import { createCatalogue } from "harness-agent/catalogue";
 *
 * const catalogue = createCatalogue({
 *   models: [{ provider: "ollama", id: "llama3.3", pricing: { input: 0, output: 0 } }],
 * });
 * const usage = { input: 2000, output: 300, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
 * console.log(catalogue.priceOf(usage, catalogue.findModel("sonnet")));
 * ```
 */
export function createCatalogue({ models = [] }: CatalogueOptions = {}): Catalogue {
  const entries = models.map(checkEntry);
  const added = {
    models: new Map(entries.map(({ model }) => [keyOf(model), model])),
    aliases: new Map(entries.flatMap(({ model, aliases }) => aliases.map((alias) => [alias, model]))),
  };
  return Object.freeze({
    findModel: remember((id, provider) => lookUp(id, provider, added)),
    priceOf,
    listModels: (provider?: string) => listAll(provider, added),
    extend: (more: readonly CatalogueEntry[]) => createCatalogue({ models: [...models, ...more] }),
  });
}

type FindModel = (id: string, provider?: string) => ModelInfo | undefined;

/** So many models of one provider are remembered, and so many providers: ids may come with answers, and so from outside. */
const REMEMBERED = 1000;

/** Every run asks for the same few models, of which a catalogue always says the same. */
function remember(find: FindModel): FindModel {
  const known = new Map<string | undefined, Map<string, ModelInfo | undefined>>();
  return (id, provider) => {
    const before = known.get(provider);
    if (before?.has(id) === true) return before.get(id);
    if ((before?.size ?? known.size) >= REMEMBERED) known.clear();
    const ids = known.get(provider) ?? new Map<string, ModelInfo | undefined>();
    const model = find(id, provider);
    known.set(provider, ids.set(id, model));
    return model;
  };
}
