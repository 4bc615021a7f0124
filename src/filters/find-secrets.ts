import { findPrivateKeys } from "./private-key.ts";
import { createEncodedSource } from "./encoded-secrets.ts";
import { createHintTable } from "./hint-table.ts";
import type { SecretRule } from "./secret-rule.ts";
import { seeThrough } from "./see-through.ts";
import { skipRest } from "./skip-rest.ts";
import { MARK, mergeRanges, type RangeSource, type SecretFinder, type SecretRange } from "./text-range.ts";

/** How much of what stands before a match a rule may look at. */
const CONTEXT = 80;
/** The bound of a run in a pattern: a secret of such a length goes on behind it. */
const LONGEST_RUN = 10_000;

/** Makes a finder of rules and other sources. One pass over the text tells which of the rules are worth a try. */
export function createFinder(rules: readonly SecretRule[], sources: readonly RangeSource[] = []): SecretFinder {
  const chooseRules = createHintTable(rules);
  const find = (text: string, found: SecretRange[]): void => {
    for (const source of sources) source(text, found);
    findPrivateKeys(text, found);
    for (const rule of chooseRules(text)) applyRule(rule, text, found);
  };
  const addEncoded = createEncodedSource((text) => {
    const found: SecretRange[] = [];
    find(text, found);
    return found;
  });
  return seeThrough((text) => {
    const found: SecretRange[] = [];
    find(text, found);
    addEncoded(text, found);
    return mergeRanges(found);
  });
}

function readMatch(match: RegExpExecArray, rule: SecretRule): { readonly secret: string; readonly start: number } {
  const [whole, first, second] = match;
  const { secretGroup } = rule;
  if (secretGroup !== undefined) {
    const groups = secretGroup === "only" ? match.slice(1) : match.slice(secretGroup, secretGroup + 1);
    const secret = groups.find((group) => group !== undefined && group !== "") ?? whole;
    return { secret, start: match.index + whole.lastIndexOf(secret) };
  }
  return { secret: second ?? whole, start: match.index + (second === undefined ? 0 : (first ?? "").length) };
}

function applyRule(rule: SecretRule, text: string, found: SecretRange[]): void {
  for (const match of text.matchAll(rule.pattern)) {
    const { secret, start } = readMatch(match, rule);
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
