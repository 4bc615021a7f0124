import { readCall, type CallFactsOptions } from "./call-facts.ts";
import type { CompiledRule } from "./compile-layer.ts";
import { sourceError, type PolicySource } from "./policy-source.ts";
import type { ReadExample } from "./read-document.ts";

/** Tries the examples of a rule. Throws a `PolicyError` at the first that it gets wrong. */
export function checkExamples(rule: CompiledRule, source: PolicySource, options: CallFactsOptions): void {
  for (const example of rule.read.match) {
    if (matches(rule, example, options)) continue;
    throw sourceError(
      source,
      { path: example.path },
      `The rule "${rule.name}" does not match its example ${show(example)}`,
    );
  }
  for (const example of rule.read.notMatch) {
    if (!matches(rule, example, options)) continue;
    throw sourceError(
      source,
      { path: example.path },
      `The rule "${rule.name}" matches ${show(example)}, which stands under not_match`,
    );
  }
}

/** An example says what a call is about; who calls, when and in what context is not part of it. */
function matches(rule: CompiledRule, { value }: ReadExample, options: CallFactsOptions): boolean {
  const args = typeof value === "string" ? { [argumentOf(rule)]: value } : value;
  return rule.matchArguments(readCall({ tool: rule.read.tool, args }, options)) === "yes";
}

/** What a text stands for: what the rule's first condition looks at. */
function argumentOf({ read: { conditions } }: CompiledRule): string {
  const types = new Set(conditions.map(({ type }) => type));
  if (types.has("command_matches") || types.has("command")) return "command";
  if (types.has("url") || types.has("host")) return "url";
  const [argument] = conditions.flatMap((condition) => (condition.type === "args" ? [condition.name] : []));
  if (argument !== undefined) return argument;
  const isContent =
    (types.has("content") || types.has("content_matches")) && ![...types].some((type) => /path/.test(type));
  return isContent ? "content" : "file_path";
}

function show({ value }: ReadExample): string {
  return JSON.stringify(value);
}
