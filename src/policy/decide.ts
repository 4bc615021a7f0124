import type { CallFacts } from "./call-facts.ts";
import type { CompiledLayer, CompiledRule } from "./compile-layer.ts";
import type { PolicyDecision, PolicyEffect, PolicyTraceEntry } from "./policy-decision.ts";

/** The rules of a layer that are for one tool. */
export interface LayerRules {
  readonly layer: CompiledLayer;
  readonly rules: readonly CompiledRule[];
}

/** The rules for one tool. */
export interface ToolRules {
  /** The most specific layer first. */
  readonly layers: readonly LayerRules[];
  /** Those of them that count as they are. */
  readonly trusted: readonly LayerRules[];
  /** Those that can only tighten. */
  readonly untrusted: readonly LayerRules[];
}

interface Found {
  readonly layer: CompiledLayer;
  readonly rule: CompiledRule;
}

/** What one layer says. */
interface Answer {
  /** The first rule that matches: the layer's answer. */
  readonly first: CompiledRule | undefined;
  /** A denial that no more specific layer can lift. */
  readonly firm: CompiledRule | undefined;
  /** The first rule that denies or asks and could match. */
  readonly maybe: CompiledRule | undefined;
  readonly maybeFirm: CompiledRule | undefined;
}

/** What several layers say together. */
interface Verdict {
  readonly effect: PolicyEffect | "none";
  readonly found?: Found;
  readonly isMaybe?: boolean;
  /** The layer whose default answers. */
  readonly defaultOf?: CompiledLayer;
}

const STRICTNESS = { none: 0, allow: 1, ask: 2, deny: 3 } as const;
const NONE: Verdict = { effect: "none" };

/**
 * Decides by layers in order, the most specific first. Among trusted layers the most specific answer counts, but a
 * denial of a higher layer stands unless it is overridable. Untrusted layers are asked on their own, without their
 * allowances, and the stricter of both verdicts counts: so they can only tighten.
 */
export function decide({ trusted, untrusted }: ToolRules, facts: CallFacts): PolicyDecision {
  const trace: PolicyTraceEntry[] = [];
  const foundUntrusted = combine(untrusted, facts, trace);
  const foundTrusted = combine(trusted, facts, trace);
  const hasMatch = isCertain(foundTrusted) || isCertain(foundUntrusted);
  const ofTrusted = withDefault(foundTrusted, trusted);
  const ofUntrusted = hasMatch ? foundUntrusted : withDefault(foundUntrusted, untrusted);
  return describeVerdict(strictest(ofTrusted, ofUntrusted), facts, trace);
}

function strictest(left: Verdict, right: Verdict): Verdict {
  return STRICTNESS[right.effect] > STRICTNESS[left.effect] ? right : left;
}

function combine(layers: readonly LayerRules[], facts: CallFacts, trace: PolicyTraceEntry[]): Verdict {
  let answer: Found | undefined;
  let firm: Found | undefined;
  let maybe: Found | undefined;
  for (const { layer, rules } of layers) {
    const said = askLayer(rules, facts);
    trace.push(traceEntry(layer, said));
    if (said.firm !== undefined) firm ??= { layer, rule: said.firm };
    const possible = answer === undefined ? said.maybe : said.maybeFirm;
    if (possible !== undefined) maybe ??= { layer, rule: possible };
    const isHeard = said.first !== undefined && (layer.isTrusted || said.first.effect !== "allow");
    if (isHeard && said.first !== undefined) answer ??= { layer, rule: said.first };
  }
  if (firm !== undefined) return { effect: "deny", found: answer?.rule.effect === "deny" ? answer : firm };
  const said: Verdict = answer === undefined ? NONE : { effect: answer.rule.effect, found: answer };
  return maybe === undefined ? said : strictest(said, { effect: "ask", found: maybe, isMaybe: true });
}

function askLayer(rules: readonly CompiledRule[], facts: CallFacts): Answer {
  let first: CompiledRule | undefined;
  let maybe: CompiledRule | undefined;
  let maybeFirm: CompiledRule | undefined;
  for (const rule of rules) {
    const match = rule.match(facts);
    if (match === "no") continue;
    const isFirm = rule.effect === "deny" && !rule.overridable;
    if (match === "maybe") {
      maybe ??= rule;
      if (isFirm) maybeFirm ??= rule;
      continue;
    }
    if (isFirm) return { first: first ?? rule, firm: rule, maybe, maybeFirm };
    // Behind a denial that gives way may stand one that does not.
    if (rule.effect !== "deny") return { first: first ?? rule, firm: undefined, maybe, maybeFirm };
    first ??= rule;
  }
  return { first, firm: undefined, maybe, maybeFirm };
}

/** Whether a rule matched, not only could. */
function isCertain({ found, isMaybe }: Verdict): boolean {
  return found !== undefined && isMaybe !== true;
}

function withDefault(verdict: Verdict, layers: readonly LayerRules[]): Verdict {
  if (isCertain(verdict)) return verdict;
  const nearest = layers.find(
    ({ layer }) => layer.defaultEffect !== undefined && (layer.isTrusted || layer.defaultEffect !== "allow"),
  );
  const effect = nearest?.layer.defaultEffect;
  return nearest === undefined || effect === undefined
    ? verdict
    : strictest(verdict, { effect, defaultOf: nearest.layer });
}

function describeVerdict(verdict: Verdict, facts: CallFacts, trace: readonly PolicyTraceEntry[]): PolicyDecision {
  const { effect, found, defaultOf } = verdict;
  if (found !== undefined) {
    const { layer, rule } = found;
    return {
      effect,
      rule: rule.name,
      layer: layer.name,
      reason: reasonOf(rule, verdict.isMaybe === true, facts),
      trace,
    };
  }
  if (defaultOf !== undefined) {
    return {
      effect,
      layer: defaultOf.name,
      reason: `No rule matches; the default of the ${defaultOf.name} policy is "${effect}"`,
      trace,
    };
  }
  return { effect: "none", reason: "No rule matches", trace };
}

function reasonOf(rule: CompiledRule, isMaybe: boolean, facts: CallFacts): string {
  if (!isMaybe) return rule.reason;
  const why = facts.command?.opaque[0]?.message ?? "a part of it is known only when it runs";
  return `The rule "${rule.name}" could apply: ${why}`;
}

function traceEntry({ name, file }: CompiledLayer, { first, maybe }: Answer): PolicyTraceEntry {
  if (first !== undefined) return first.traced;
  if (maybe !== undefined) return { ...maybe.traced, match: "maybe", reason: `"${maybe.name}" could match` };
  const base = { layer: name, ...(file === undefined ? {} : { file }) };
  return { ...base, effect: "none", match: "no", reason: "No rule matches" };
}
