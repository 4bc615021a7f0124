import type { CatalogueEntry } from "../catalogue/index.ts";
import type { ModelConfig } from "../config/index.ts";
import type { Prices } from "../spec/index.ts";
import { definedOf } from "./defined-of.ts";

/** The catalogue's entry of a model that a configuration describes: what it says goes before what the catalogue knows. */
export function toEntry(name: string, facts: ModelConfig, known: Prices): CatalogueEntry {
  const slash = name.indexOf("/");
  const [provider, id] = [name.slice(0, slash), name.slice(slash + 1)];
  const { input, output, cacheRead, cacheWrite, cacheWrite1h, tools, vision, reasoning, aliases, ...limits } = facts;
  const before = known.findModel(id, provider);
  const own = definedOf({ cacheRead, cacheWrite, cacheWrite1h }) as { readonly cacheRead?: number };
  // Prices of a vendor's cache and tiers do not belong to a price of one's own.
  const pricing =
    input === undefined || output === undefined
      ? before?.pricing && { ...before.pricing, ...own }
      : { input, output, ...own };
  const capabilities = { ...before?.capabilities, ...definedOf({ tools, vision, reasoning }) } as NonNullable<
    CatalogueEntry["capabilities"]
  >;
  return {
    ...before,
    ...limits,
    provider,
    id,
    capabilities,
    ...(aliases === undefined ? {} : { aliases }),
    ...(pricing === undefined ? {} : { pricing }),
  };
}
