import { suggestName } from "../errors/index.ts";
import type { LayerSource } from "./compile-layer.ts";
import type { PolicyLayer, PolicyLevel } from "./policy-layer.ts";
import { readDocument } from "./read-document.ts";

const LEVELS = ["host", "organisation", "team", "project"] as const satisfies readonly PolicyLevel[];
const KEYS = ["level", "name", "isTrusted", "policy"];

/** Checks a layer made in code. Throws a `TypeError` for a wrong layer and a `PolicyError` for a wrong policy. */
export function layerSource(layer: PolicyLayer, index: number): LayerSource {
  for (const key of Object.keys(layer)) {
    if (!KEYS.includes(key)) throw new TypeError(`Unknown option "layers[${index}].${key}".${suggestName(key, KEYS)}`);
  }
  const { level = "host", name = level, isTrusted = true, policy } = layer;
  if (!LEVELS.includes(level)) {
    throw new TypeError(
      `layers[${index}].level must be one of ${LEVELS.join(", ")}, not "${String(level)}".${suggestName(String(level), LEVELS)}`,
    );
  }
  const source = { value: policy, locate: () => ({}) };
  const document = readDocument(source, { needsVersion: false });
  if (document.inheritFrom !== undefined) {
    throw new TypeError(
      `layers[${index}]: "inherit_from" works in files only; give the parent as a layer before this one`,
    );
  }
  return { level, name, isTrusted, policy, source, document };
}
