import { nearestName } from "../errors/index.ts";
import { matchGlob } from "../shell/index.ts";
import type { CompiledLayer, CompiledRule } from "./compile-layer.ts";
import type { PolicyFinding } from "./policy-decision.ts";

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
  const { tool } = rule.read;
  const near = TOOLS.includes(tool) ? undefined : nearestName(tool, TOOLS);
  if (near !== undefined && !/[*?]/.test(tool)) {
    findings.push(
      finding("unknown_tool", rule, layer, `No built-in tool is called "${tool}". Did you mean "${near}"?`),
    );
  }
  return findings;
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
  return other.read.conditions.every(({ type, syntax, pattern }) => {
    // An allowance demands that every part matches, a denial only that one does: the same words mean less there.
    if (other.effect === "allow" && rule.effect !== "allow") return false;
    return rule.read.conditions.some((own) => own.type === type && own.syntax === syntax && own.pattern === pattern);
  });
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
