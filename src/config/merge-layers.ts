import type { HarnessConfig } from "./harness-config.ts";
import type { Layer, LayerEntry } from "./layer.ts";
import { SETTINGS } from "./settings-table.ts";

/** Lays each layer over those before it, key by key. */
export function mergeLayers(layers: readonly Layer[]): { readonly values: Layer; readonly config: HarnessConfig } {
  const values = new Map<string, LayerEntry>();
  for (const layer of layers) {
    const provider = layer.get("defaults.provider")?.value;
    // A model belongs to the provider beside it: another provider would not know it.
    if (provider !== undefined && provider !== values.get("defaults.provider")?.value) values.delete("defaults.model");
    for (const [key, entry] of layer) values.set(key, entry);
  }
  return { values, config: toConfig([...values.values()]) };
}

function toConfig(entries: readonly LayerEntry[]): HarnessConfig {
  const sections = new Map(Object.keys(SETTINGS).map((name) => [name, new Map<string, unknown>()]));
  const named = new Map(
    ["providers", "models", "hooks"].map((name) => [name, new Map<string, Map<string, unknown>>()]),
  );
  for (const { path, value } of entries) {
    const [section = "", name = "", key] = path;
    const tables = named.get(section);
    if (key === undefined) sections.get(section)?.set(name, value);
    else tables?.set(name, (tables.get(name) ?? new Map<string, unknown>()).set(key, value));
  }
  const tables = [...sections].map(([name, values]) => [name, Object.fromEntries(values)] as const);
  // Each value was made by the reader of the key where it is put, and every section of the table is there.
  const all = [...tables, ...[...named].map(([name, values]) => [name, toNamed(values)] as const)];
  return Object.fromEntries(all) as unknown as HarnessConfig;
}

function toNamed(tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>): ReadonlyMap<string, object> {
  return new Map([...tables].map(([name, values]) => [name, Object.fromEntries(values)]));
}
