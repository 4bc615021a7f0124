import type { SettingPath } from "./find-setting.ts";
import type { HarnessConfig } from "./harness-config.ts";
import type { Layer, LayerEntry } from "./read-layer.ts";

/** Lays each layer over those before it, key by key. */
export function mergeLayers(layers: readonly Layer[]): { readonly values: Layer; readonly config: HarnessConfig } {
  const values = new Map<string, LayerEntry>();
  for (const layer of layers) {
    const provider = layer.get("defaults.provider")?.value;
    // A model belongs to the provider beside it: another provider would not know it.
    if (provider !== undefined && provider !== values.get("defaults.provider")?.value) values.delete("defaults.model");
    for (const [key, entry] of layer) values.set(key, entry);
  }
  const leaves = [...values.values()].map(({ path, value }): Leaf => ({ path, value }));
  // Each value was made by the reader of the key where it is put.
  return { values, config: toTree(leaves) as HarnessConfig };
}

interface Leaf {
  readonly path: SettingPath;
  readonly value: unknown;
}

function toTree(leaves: readonly Leaf[]): object {
  const branches = new Map<string, Leaf[]>();
  for (const { path, value } of leaves) {
    const [name = "", ...rest] = path;
    branches.set(name, [...(branches.get(name) ?? []), { path: rest, value }]);
  }
  return Object.fromEntries(
    [...branches].map(([name, below]) => [name, below[0]?.path.length === 0 ? below[0].value : toTree(below)]),
  );
}
