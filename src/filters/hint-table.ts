import type { SecretRule } from "./secret-rule.ts";

/** Three characters of five bits each: letters fold to one case by themselves. */
const TABLE_SIZE = 1 << 15;

const NONE: readonly SecretRule[] = [];

interface Hint {
  /** Exactly as it must stand, or in lower case where case does not matter. */
  readonly text: string;
  readonly ignoresCase: boolean;
  readonly rules: SecretRule[];
}

/**
 * Tells which rules are worth a try on a text: those of which a hint occurs. One pass of a few operations a character,
 * however many rules there are.
 */
export function createHintTable(rules: readonly SecretRule[]): (text: string) => readonly SecretRule[] {
  const table = new Uint16Array(TABLE_SIZE);
  const buckets: Hint[][] = [[]];
  for (const hint of collectHints(rules)) {
    for (const slot of slotsOf(hint.text)) {
      if (table[slot] === 0) table[slot] = buckets.push([]) - 1;
      buckets[table[slot] ?? 0]?.push(hint);
    }
  }
  return (text) => {
    let chosen: Set<SecretRule> | undefined;
    let slot = 0;
    for (let index = 0; index < text.length; index += 1) {
      slot = ((slot << 5) | (text.charCodeAt(index) & 31)) & (TABLE_SIZE - 1);
      const bucket = table[slot];
      if (bucket === undefined || bucket === 0) continue;
      for (const hint of buckets[bucket] ?? []) {
        if (stands(hint, text, index - 2)) addAll(hint.rules, (chosen ??= new Set()));
      }
    }
    if (chosen === undefined) return NONE;
    const found = chosen;
    // In the order of the table, so that of two rules for the same place always the same one names the kind.
    return found.size < 2 ? [...found] : rules.filter((rule) => found.has(rule));
  };
}

function addAll(rules: readonly SecretRule[], chosen: Set<SecretRule>): void {
  for (const rule of rules) chosen.add(rule);
}

function collectHints(rules: readonly SecretRule[]): readonly Hint[] {
  const byText = new Map<string, Hint>();
  for (const rule of rules) {
    const ignoresCase = rule.ignoresCase ?? rule.pattern.ignoreCase;
    for (const text of rule.hints) {
      const key = `${ignoresCase ? "i" : "="}${text}`;
      const hint = byText.get(key) ?? { text, ignoresCase, rules: [] };
      hint.rules.push(rule);
      byText.set(key, hint);
    }
  }
  return [...byText.values()];
}

/** The places of the table at which a text that begins with the hint is looked up; a hint of two characters has many. */
function slotsOf(hint: string): readonly number[] {
  const first = hint.charCodeAt(0) & 31;
  const begin = (first << 10) | ((hint.charCodeAt(1) & 31) << 5);
  if (hint.length > 2) return [begin | (hint.charCodeAt(2) & 31)];
  if (hint.length === 2) return Array.from({ length: 32 }, (_, code) => begin | code);
  return Array.from({ length: 1024 }, (_, code) => (first << 10) | code);
}

function stands({ text, ignoresCase }: Hint, within: string, at: number): boolean {
  if (at < 0) return false;
  if (!ignoresCase) return within.startsWith(text, at);
  return within.slice(at, at + text.length).toLowerCase() === text;
}
