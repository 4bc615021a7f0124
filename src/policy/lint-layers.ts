import { nearestName } from "../errors/index.ts";
import { matchGlob } from "../shell/index.ts";
import type { CompiledLayer, CompiledRule } from "./compile-layer.ts";
import type { PolicyFinding } from "./policy-decision.ts";
import type { ReadCondition } from "./read-conditions.ts";

/** The built-in tools: a rule for a name that is nearly one of them is probably a typo. */
const TOOLS = [
  "AskUser",
  "Bash",
  "Checkpoint",
  "Edit",
  "Glob",
  "Grep",
  "Read",
  "Task",
  "TodoWrite",
  "ToolSearch",
  "WebFetch",
  "Write",
];

/** Finds what in the layers (the most specific first) is probably not meant. */
export function lintLayers(layers: readonly CompiledLayer[]): readonly PolicyFinding[] {
  return layers.flatMap((layer, at) => [
    ...layer.rules.flatMap((rule, index) => lintRule(rule, layer, layer.rules.slice(0, index))),
    ...layer.rules.flatMap((rule) => lintFloor(rule, layer, layers.slice(at + 1))),
  ]);
}

function lintRule(rule: CompiledRule, layer: CompiledLayer, before: readonly CompiledRule[]): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const earlier = before.find((other) => isBroader(other, rule));
  if (earlier !== undefined) {
    const type = earlier.read.conditions.length === 0 ? "unreachable" : "shadowed";
    findings.push(
      finding(type, rule, layer, `"${earlier.name}" stands before it and matches every call that it matches`),
    );
  }
  if (!layer.isTrusted && rule.effect === "allow") {
    findings.push(
      finding(
        "ineffective",
        rule,
        layer,
        "An untrusted policy cannot allow: trust the project or name the file in paths",
      ),
    );
  }
  findings.push(...lintPatterns(rule, layer), ...lintSilent(rule, layer, before));
  const { tool } = rule.read;
  const near = TOOLS.includes(tool) ? undefined : nearestName(tool, TOOLS);
  if (near !== undefined && !/[*?]/.test(tool)) {
    findings.push(
      finding("unknown_tool", rule, layer, `No built-in tool is called "${tool}". Did you mean "${near}"?`),
    );
  }
  return findings;
}

/** A pattern in the language of the other form. */
function lintPatterns(rule: CompiledRule, layer: CompiledLayer): readonly PolicyFinding[] {
  return rule.read.conditions.flatMap((condition) => {
    if (!("pattern" in condition)) return [];
    const { syntax, pattern, type } = condition;
    const looksLikeRegex =
      syntax === "glob" && /\.\*|\\[.sdwb]|\|[\w(]|\$$|^\^/.test(pattern) && !pattern.includes("| ");
    if (!looksLikeRegex) return [];
    const message = `${JSON.stringify(pattern)} looks like a regular expression, but "when" takes globs for ${type}: write it under "conditions"`;
    return [finding("suspicious", rule, layer, message)];
  });
}

/** A denial or question behind an allowance of the same words: it only speaks where something else is in the call. */
function lintSilent(
  rule: CompiledRule,
  layer: CompiledLayer,
  before: readonly CompiledRule[],
): readonly PolicyFinding[] {
  if (rule.effect === "allow" || rule.read.conditions.length === 0) return [];
  const allowance = before.find(
    (other) =>
      other.effect === "allow" &&
      other.read.conditions.length > 0 &&
      matchGlob(other.read.tool, rule.read.tool) &&
      other.read.conditions.every((condition) => rule.read.conditions.some((own) => covers(condition, own))),
  );
  if (allowance === undefined) return [];
  const message = `"${allowance.name}" stands before it and allows every call that holds nothing else: put this rule first`;
  return [finding("shadowed", rule, layer, message)];
}

/** An allowance below a denial that stands over all of it never decides. */
function lintFloor(
  rule: CompiledRule,
  layer: CompiledLayer,
  above: readonly CompiledLayer[],
): readonly PolicyFinding[] {
  if (rule.effect === "deny") return [];
  for (const higher of above) {
    const floor = higher.rules.find((other) => other.effect === "deny" && !other.overridable && isBroader(other, rule));
    if (
      floor !== undefined &&
      !higher.rules.slice(0, higher.rules.indexOf(floor)).some(({ effect }) => effect !== "deny")
    ) {
      return [
        finding(
          "ineffective",
          rule,
          layer,
          `"${floor.name}" of the ${higher.name} policy denies every call that it matches`,
        ),
      ];
    }
  }
  return [];
}

/** Whether every call that `rule` matches is matched by `other` as well, as far as the text of both tells. */
function isBroader(other: CompiledRule, rule: CompiledRule): boolean {
  if (!matchGlob(other.read.tool, rule.read.tool)) return false;
  // A denial that stands is also looked for behind one that gives way.
  if (other.overridable && rule.effect === "deny" && !rule.overridable) return false;
  // An allowance demands that every part matches, a denial only that one does: the same words mean less there.
  if (other.effect === "allow" && rule.effect !== "allow" && other.read.conditions.length > 0) return false;
  return other.read.conditions.every((condition) => rule.read.conditions.some((own) => covers(condition, own)));
}

/** Whether one condition holds wherever the other does, as far as their texts tell. */
function covers(broad: ReadCondition, narrow: ReadCondition): boolean {
  if (keyOf(broad) === keyOf(narrow)) return true;
  if (!("pattern" in broad) || !("pattern" in narrow) || broad.type !== narrow.type) return false;
  const isGlob = broad.syntax === "glob" && narrow.syntax === "glob" && broad.type !== "not_path_matches";
  // A long run stands for what a "*" of the narrow glob may be: one "?" must not cover it.
  const sample = narrow.pattern.replaceAll("*", "\0".repeat(9)).replaceAll("?", "\0");
  return (
    isGlob && (broad.type === "command_matches" || broad.pattern.includes("**")) && matchGlob(broad.pattern, sample)
  );
}

function keyOf(condition: ReadCondition): string {
  return JSON.stringify({ ...condition, path: undefined });
}

function finding(
  type: PolicyFinding["type"],
  rule: CompiledRule,
  layer: CompiledLayer,
  message: string,
): PolicyFinding {
  return {
    type,
    rule: rule.name,
    layer: layer.name,
    message,
    ...(layer.file === undefined ? {} : { file: layer.file }),
    ...(rule.line === undefined ? {} : { line: rule.line }),
  };
}
