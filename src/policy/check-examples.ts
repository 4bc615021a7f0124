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

function matches(rule: CompiledRule, { value }: ReadExample, options: CallFactsOptions): boolean {
  const isCommand = rule.read.conditions.some(({ type }) => type === "command_matches");
  const args = typeof value !== "string" ? value : isCommand ? { command: value } : { file_path: value };
  return rule.match(readCall({ tool: rule.read.tool, args }, options)) === "yes";
}

function show({ value }: ReadExample): string {
  return JSON.stringify(value);
}
