import { suggestName } from "../errors/index.ts";
import { sourceError, type PolicySource, type SourcePath } from "./policy-source.ts";

/** A map whose keys were checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** A map with known keys only; any keys when none are given. Throws a `PolicyError` that names the nearest known one. */
export function readFields(
  source: PolicySource,
  value: unknown,
  path: SourcePath,
  known?: readonly string[],
  noun = "key",
): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date) {
    throw sourceError(source, { path }, `${nameOf(path)} must be a map, not ${describe(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (known === undefined || known.includes(key)) continue;
    throw sourceError(
      source,
      { path: [...path, key], part: "key" },
      `Unknown ${noun} "${key}".${suggestName(key, known)}`,
    );
  }
  // An object that is no array has string keys; its values stay unknown.
  return value as Fields;
}

/** A list. Throws a `PolicyError` for anything else. */
export function readList(source: PolicySource, value: unknown, path: SourcePath): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw sourceError(source, { path }, `${nameOf(path)} must be a list, not ${describe(value)}`);
}

/** The text under a key; `undefined` where the key is missing. */
export function readText(source: PolicySource, fields: Fields, path: SourcePath, key: string): string | undefined {
  if (!Object.hasOwn(fields, key)) return undefined;
  const value = fields[key];
  if (typeof value === "string") return value;
  throw sourceError(source, { path: [...path, key] }, `"${key}" must be a text, not ${describe(value)}`);
}

/** A text that is not empty. */
export function readPattern(source: PolicySource, value: unknown, path: SourcePath): string {
  if (typeof value !== "string")
    throw sourceError(source, { path }, `${nameOf(path)} must be a text in quotes, not ${describe(value)}`);
  if (value === "")
    throw sourceError(source, { path }, `${nameOf(path)} is empty: leave the condition out, or write "*" or ".*"`);
  return value;
}

/** One text or a list of texts, none of them empty and the list neither. */
export function readPatterns(source: PolicySource, value: unknown, path: SourcePath): readonly string[] {
  if (!Array.isArray(value)) return [readPattern(source, value, path)];
  if (value.length === 0) throw sourceError(source, { path }, `${nameOf(path)} is an empty list: it would never match`);
  return value.map((item: unknown, at) => readPattern(source, item, [...path, at]));
}

/** One of several words. */
export function readChoice<Choice extends string>(
  source: PolicySource,
  value: unknown,
  path: SourcePath,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const hint = typeof value === "string" ? suggestName(value, choices) : "";
  throw sourceError(
    source,
    { path },
    `${nameOf(path)} must be one of ${choices.join(", ")}, not ${describe(value)}.${hint}`,
  );
}

/** True or false; `fallback` where the key is missing. */
export function readFlag(
  source: PolicySource,
  fields: Fields,
  at: { readonly path: SourcePath; readonly key: string; readonly fallback: boolean },
): boolean {
  if (!Object.hasOwn(fields, at.key)) return at.fallback;
  const value = fields[at.key];
  if (typeof value === "boolean") return value;
  throw sourceError(
    source,
    { path: [...at.path, at.key] },
    `"${at.key}" must be true or false, not ${describe(value)}`,
  );
}

function nameOf(path: SourcePath): string {
  const last = path.at(-1);
  if (last === undefined) return "A policy";
  return typeof last === "number" ? `Entry ${last + 1} of "${String(path.at(-2))}"` : `"${last}"`;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null || value === undefined) return "nothing";
  return typeof value === "object" ? "a map" : (JSON.stringify(value) ?? typeof value);
}
