import { findPrivateKeys } from "./private-key.ts";
import type { SecretRule } from "./secret-rule.ts";
import { skipRest } from "./skip-rest.ts";
import { MARK, mergeRanges, type SecretRange } from "./text-range.ts";

/** How much of what stands before a match a rule may look at. */
const CONTEXT = 80;
/** The bound of a run in a pattern: a secret of such a length goes on behind it. */
const LONGEST_RUN = 10_000;

/** Finds the secrets of a text, in order and without overlaps. */
export type SecretFinder = (text: string) => readonly SecretRange[];

/** Adds what it finds to a list. */
export type RangeSource = (text: string, found: SecretRange[]) => void;

/** Makes a finder of rules and other sources. One pass over the text tells which of the rules are worth a try. */
export function createFinder(rules: readonly SecretRule[], sources: readonly RangeSource[] = []): SecretFinder {
  const chooseRules = compileHints(rules);
  return (text) => {
    const found: SecretRange[] = [];
    for (const source of sources) source(text, found);
    findPrivateKeys(text, found);
    for (const rule of chooseRules(text)) applyRule(rule, text, found);
    return mergeRanges(found);
  };
}

function applyRule(rule: SecretRule, text: string, found: SecretRange[]): void {
  for (const match of text.matchAll(rule.pattern)) {
    const [whole, first, second] = match;
    const secret = second ?? whole;
    const start = match.index + (second === undefined ? 0 : (first ?? "").length);
    if (secret === "" || secret.startsWith(MARK)) continue;
    const { rest = "token" } = rule;
    const seen = start + secret.length;
    const end = secret.length < LONGEST_RUN ? seen : skipRest(text, seen, rest).end;
    if (rule.accept !== undefined) {
      const around = { before: text.slice(Math.max(0, start - CONTEXT), start), after: text.charAt(end) };
      if (!rule.accept(secret, around)) continue;
    }
    found.push({ from: match.index, start, end, kind: rule.kind, rest });
  }
}

/** Finds the rules of which a hint occurs in a text, by two joined patterns: one exact, one without case. */
function compileHints(rules: readonly SecretRule[]): (text: string) => Iterable<SecretRule> {
  const exact = joinHints(rules.filter(({ pattern }) => !pattern.ignoreCase));
  const folded = joinHints(rules.filter(({ pattern }) => pattern.ignoreCase));
  return (text) => {
    const chosen = new Set<SecretRule>();
    for (const group of [exact, folded]) {
      if (group !== undefined) group(text, chosen);
    }
    // In the order of the table, so that of two rules for the same place always the same one names the kind.
    return chosen.size < 2 ? chosen : rules.filter((rule) => chosen.has(rule));
  };
}

function joinHints(rules: readonly SecretRule[]): ((text: string, chosen: Set<SecretRule>) => void) | undefined {
  if (rules.length === 0) return undefined;
  const isFolded = rules[0]?.pattern.ignoreCase === true;
  const byHint = new Map<string, SecretRule[]>();
  for (const rule of rules) {
    for (const hint of rule.hints) byHint.set(hint, [...(byHint.get(hint) ?? []), rule]);
  }
  // A longer hint goes first, since a shorter one at its beginning would hide it.
  const hints = [...byHint.keys()].toSorted((left, right) => right.length - left.length);
  const joined = new RegExp(hints.map((hint) => escapePattern(hint)).join("|"), isFolded ? "gi" : "g");
  const isThere = new RegExp(joined, isFolded ? "i" : "");
  return (text, chosen) => {
    // Most texts have none, and a plain test is far cheaper for short ones.
    if (!isThere.test(text)) return;
    for (const [hint] of text.matchAll(joined)) {
      for (const rule of byHint.get(isFolded ? hint.toLowerCase() : hint) ?? []) chosen.add(rule);
    }
  };
}

/** `RegExp.escape`, which Node 22 does not have. */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
