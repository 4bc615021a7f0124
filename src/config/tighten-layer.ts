import type { IgnoredSetting } from "../spec/index.ts";
import type { Layer, LayerEntry } from "./layer.ts";

/** What of an untrusted project's settings counts: only what tightens. */
export function tightenLayer(
  project: Layer,
  user: Layer,
): { readonly layer: Layer; readonly ignored: readonly IgnoredSetting[] } {
  const layer = new Map<string, LayerEntry>();
  const ignored: IgnoredSetting[] = [];
  for (const [key, entry] of project) {
    const value = entry.setting.trust(entry.value, user.get(key)?.value);
    if (value !== undefined) {
      layer.set(key, { ...entry, value });
      continue;
    }
    const reason =
      "an untrusted project may only tighten; trust the project (trustProject, --trust-project) to take it";
    ignored.push({ file: entry.position?.file ?? "", line: entry.position?.line ?? 0, key, reason });
  }
  return { layer, ignored };
}
