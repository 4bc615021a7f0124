import { describeError } from "../errors/index.ts";
import { matchGlob, type CommandMatch } from "../shell/index.ts";
import type { CallFacts } from "./call-facts.ts";
import { compileCondition, type ConditionOptions } from "./compile-condition.ts";
import type { Condition } from "./condition.ts";
import type { PolicyEffect, PolicyTraceEntry } from "./policy-decision.ts";
import type { PolicyLayer, PolicyLevel } from "./policy-layer.ts";
import { sourceError, type PolicySource } from "./policy-source.ts";
import type { ReadDocument, ReadRule } from "./read-document.ts";

/** A layer that was checked, from a file or from code. */
export interface LayerSource extends PolicyLayer {
  readonly level: PolicyLevel;
  readonly name: string;
  readonly isTrusted: boolean;
  readonly source: PolicySource;
  readonly document: ReadDocument;
}

/** A rule that is ready to be asked. */
export interface CompiledRule {
  readonly name: string;
  readonly effect: PolicyEffect;
  readonly overridable: boolean;
  readonly line: number | undefined;
  readonly read: ReadRule;
  /** What a decision says when the rule decides for certain. */
  readonly reason: string;
  /** What a trace tells when the rule is the first of its layer that matches. */
  readonly traced: PolicyTraceEntry;
  appliesTo(tool: string): boolean;
  match(facts: CallFacts): CommandMatch;
  /** The same without conditions about who calls, when and in what context. */
  matchArguments(facts: CallFacts): CommandMatch;
}

/** A layer that is ready to be asked. */
export interface CompiledLayer extends Omit<LayerSource, "source" | "document" | "policy"> {
  readonly file: string | undefined;
  readonly defaultEffect: PolicyEffect | undefined;
  readonly rules: readonly CompiledRule[];
}

/** Compiles every pattern of a layer. Throws a `PolicyError` at the first that is wrong. */
export function compileLayer(layer: LayerSource, options: Pick<ConditionOptions, "home">): CompiledLayer {
  const { level, name, isTrusted, source, document } = layer;
  return {
    level,
    name,
    isTrusted,
    file: source.file,
    defaultEffect: document.defaultEffect,
    rules: document.rules.map((rule, index) =>
      compileRule(rule, `${source.file ?? name}#${index + 1}`, layer, options),
    ),
  };
}

const VERBS = { allow: "allows", deny: "denies", ask: "asks about" } as const;

function compileRule(
  rule: ReadRule,
  place: string,
  { name: layer, source }: LayerSource,
  options: Pick<ConditionOptions, "home">,
): CompiledRule {
  const judgesPaths = rule.conditions.some(({ type }) => /^(?:not_)?path/.test(type));
  const judgesCommand = rule.conditions.some(({ type }) => type.startsWith("command"));
  const [access] = rule.conditions.flatMap((condition) => (condition.type === "access" ? [condition.access] : []));
  const judged = { effect: rule.decision, judgesPaths, judgesCommand, access };
  const conditions = rule.conditions.map((condition): Condition => {
    try {
      return compileCondition(condition, { ...options, ...judged });
    } catch (cause) {
      const what =
        "pattern" in condition ? `pattern ${JSON.stringify(condition.pattern)}` : `condition "${condition.type}"`;
      const message = `The ${what} cannot be used: ${describeError(cause)}`;
      throw sourceError(source, { path: condition.path, cause }, message);
    }
  });
  const aboutArguments = conditions.filter(
    (_condition, at) => !/^(?:agent|tainted|time)$/.test(rule.conditions[at]?.type ?? ""),
  );
  const name = rule.description ?? place;
  const effect = rule.decision;
  const traced = { layer, ...(source.file === undefined ? {} : { file: source.file }), effect, rule: name };
  return {
    name,
    effect,
    overridable: rule.overridable,
    line: source.locate(rule.path, "value").line,
    read: rule,
    reason: `The rule "${name}" ${VERBS[effect]} this call`,
    traced: Object.freeze({ ...traced, match: "yes", reason: `"${name}" matches` }),
    appliesTo: toolMatcher(rule.tool, effect),
    match: (facts) => matchAll(conditions, facts),
    matchArguments: (facts) => matchAll(aboutArguments, facts),
  };
}

/** A denial is meant for the tool however its name is written, as for files; an allowance is not guessed at. */
function toolMatcher(glob: string, effect: CompiledRule["effect"]): (tool: string) => boolean {
  const fold = (text: string): string => (effect === "allow" ? text : text.toLowerCase());
  const wanted = fold(glob);
  return /[*?]/.test(glob) ? (tool) => matchGlob(wanted, fold(tool)) : (tool) => fold(tool) === wanted;
}

function matchAll(conditions: readonly Condition[], facts: CallFacts): CommandMatch {
  let match: CommandMatch = "yes";
  for (const condition of conditions) {
    const answer = condition(facts);
    if (answer === "no") return "no";
    if (answer === "maybe") match = "maybe";
  }
  return match;
}
