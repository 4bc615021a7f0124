import { suggestName } from "../errors/index.ts";
import type { PolicyEffect } from "./policy-decision.ts";
import type { PolicyConditionType } from "./policy-layer.ts";
import { sourceError, type PolicySource, type SourcePath } from "./policy-source.ts";

/** A condition that was checked. */
export interface ReadCondition {
  readonly type: PolicyConditionType;
  readonly syntax: "glob" | "regex";
  readonly pattern: string;
  readonly path: SourcePath;
}

/** An example of a rule: a command, a path, or arguments. */
export interface ReadExample {
  readonly value: string | Readonly<Record<string, string>>;
  readonly path: SourcePath;
}

/** A rule that was checked. */
export interface ReadRule {
  readonly tool: string;
  readonly decision: PolicyEffect;
  readonly description: string | undefined;
  readonly overridable: boolean;
  readonly conditions: readonly ReadCondition[];
  readonly match: readonly ReadExample[];
  readonly notMatch: readonly ReadExample[];
  readonly path: SourcePath;
}

/** A policy that was checked. */
export interface ReadDocument {
  readonly defaultEffect: PolicyEffect | undefined;
  readonly inheritFrom: string | undefined;
  readonly rules: readonly ReadRule[];
}

const EFFECTS = ["allow", "deny", "ask"] as const satisfies readonly PolicyEffect[];
const CONDITIONS = [
  "command_matches",
  "path_matches",
  "not_path_matches",
  "content_matches",
] as const satisfies readonly PolicyConditionType[];
const RULE_KEYS = ["tool", "decision", "when", "conditions", "description", "overridable", "match", "not_match"];

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks the form of a policy. Throws a `PolicyError` at the first key, condition or value that is not known: a typo
 * in a denial must not switch it off.
 */
export function readDocument(source: PolicySource, options: { readonly needsVersion: boolean }): ReadDocument {
  const fields = readFields(source, source.value, [], ["version", "description", "defaults", "inherit_from", "rules"]);
  if (fields["version"] !== 1 && (options.needsVersion || fields["version"] !== undefined)) {
    const found = Object.hasOwn(fields, "version") ? `, not ${JSON.stringify(fields["version"])}` : "";
    throw sourceError(
      source,
      { path: Object.hasOwn(fields, "version") ? ["version"] : [] },
      `A policy needs "version: 1"${found}`,
    );
  }
  readText(source, fields, [], "description");
  const { defaults, rules } = fields;
  return {
    defaultEffect: defaults === undefined ? undefined : readDefaults(source, defaults),
    inheritFrom: readText(source, fields, [], "inherit_from"),
    rules:
      rules === undefined
        ? []
        : readList(source, rules, ["rules"]).map((rule, at) => readRule(source, rule, ["rules", at])),
  };
}

function readDefaults(source: PolicySource, value: unknown): PolicyEffect | undefined {
  const defaults = readFields(source, value, ["defaults"], ["decision"]);
  return Object.hasOwn(defaults, "decision")
    ? readChoice(source, defaults["decision"], ["defaults", "decision"], EFFECTS)
    : undefined;
}

function readRule(source: PolicySource, value: unknown, path: SourcePath): ReadRule {
  const fields = readFields(source, value, path, RULE_KEYS);
  if (!Object.hasOwn(fields, "decision"))
    throw sourceError(source, { path }, `A rule needs "decision": ${EFFECTS.join(", ")}`);
  const tool = readText(source, fields, path, "tool") ?? "*";
  if (tool === "")
    throw sourceError(
      source,
      { path: [...path, "tool"] },
      'An empty "tool" matches nothing: leave it out for every tool',
    );
  const decision = readChoice(source, fields["decision"], [...path, "decision"], EFFECTS);
  const overridable = fields["overridable"] ?? false;
  if (typeof overridable !== "boolean") {
    throw sourceError(source, { path: [...path, "overridable"] }, '"overridable" must be true or false');
  }
  if (overridable && decision !== "deny") {
    throw sourceError(
      source,
      { path: [...path, "overridable"] },
      'Only a rule with "decision: deny" can be overridable',
    );
  }
  return {
    tool,
    decision,
    description: readText(source, fields, path, "description"),
    overridable,
    conditions: [
      ...readWhen(source, fields["when"], [...path, "when"]),
      ...readConditions(source, fields["conditions"], [...path, "conditions"]),
    ],
    match: readExamples(source, fields["match"], [...path, "match"]),
    notMatch: readExamples(source, fields["not_match"], [...path, "not_match"]),
    path,
  };
}

function readWhen(source: PolicySource, value: unknown, path: SourcePath): readonly ReadCondition[] {
  if (value === undefined) return [];
  const fields = readFields(source, value, path, CONDITIONS, "condition");
  return CONDITIONS.filter((type) => Object.hasOwn(fields, type)).map((type) => ({
    type,
    syntax: type === "content_matches" ? "regex" : "glob",
    pattern: readPattern(source, fields[type], [...path, type]),
    path: [...path, type],
  }));
}

function readConditions(source: PolicySource, value: unknown, path: SourcePath): readonly ReadCondition[] {
  if (value === undefined) return [];
  return readList(source, value, path).map((condition, at) => {
    const here = [...path, at];
    const fields = readFields(source, condition, here, ["type", "pattern"]);
    for (const key of ["type", "pattern"]) {
      if (!Object.hasOwn(fields, key)) throw sourceError(source, { path: here }, `A condition needs "${key}"`);
    }
    return {
      type: readChoice(source, fields["type"], [...here, "type"], CONDITIONS),
      syntax: "regex",
      pattern: readPattern(source, fields["pattern"], [...here, "pattern"]),
      path: [...here, "pattern"],
    };
  });
}

function readExamples(source: PolicySource, value: unknown, path: SourcePath): readonly ReadExample[] {
  if (value === undefined) return [];
  return readList(source, value, path).map((example, at) => {
    const here = [...path, at];
    if (typeof example === "string") return { value: example, path: here };
    const fields = readFields(source, example, here);
    // Every value is read as text here, so the record holds texts only.
    const texts = Object.fromEntries(
      Object.keys(fields).map((key) => [key, readPattern(source, fields[key], [...here, key])]),
    );
    return { value: texts, path: here };
  });
}

/** A map with known keys only; any keys when none are given. */
function readFields(
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

function readList(source: PolicySource, value: unknown, path: SourcePath): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw sourceError(source, { path }, `${nameOf(path)} must be a list, not ${describe(value)}`);
}

function readText(source: PolicySource, fields: Fields, path: SourcePath, key: string): string | undefined {
  if (!Object.hasOwn(fields, key)) return undefined;
  const value = fields[key];
  if (typeof value === "string") return value;
  throw sourceError(source, { path: [...path, key] }, `"${key}" must be a text, not ${describe(value)}`);
}

function readPattern(source: PolicySource, value: unknown, path: SourcePath): string {
  if (typeof value !== "string")
    throw sourceError(source, { path }, `${nameOf(path)} must be a text in quotes, not ${describe(value)}`);
  if (value === "")
    throw sourceError(source, { path }, `${nameOf(path)} is empty: leave the condition out, or write "*" or ".*"`);
  return value;
}

function readChoice<Choice extends string>(
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
