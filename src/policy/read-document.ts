import { isToolGlob } from "../shell/tool-glob.ts";
import type { PolicyEffect } from "./policy-decision.ts";
import { sourceError, type PolicySource, type SourcePath } from "./policy-source.ts";
import { readConditions, readWhen, type ReadCondition } from "./read-conditions.ts";
import { readChoice, readFields, readFlag, readList, readPattern, readText } from "./read-fields.ts";

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
const RULE_KEYS = ["tool", "decision", "when", "conditions", "description", "overridable", "match", "not_match"];

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
  if (!isToolGlob(tool)) {
    const problem = `"tool" must be a name or a glob such as "mcp__*", not ${JSON.stringify(tool)}: write a rule for each`;
    throw sourceError(source, { path: [...path, "tool"] }, problem);
  }
  const decision = readChoice(source, fields["decision"], [...path, "decision"], EFFECTS);
  const overridable = readFlag(source, fields, { path, key: "overridable", fallback: false });
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
    description: readText(source, fields, path, "description")?.trim(),
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
