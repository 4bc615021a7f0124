import { RE2JS } from "re2js";

import { sharesBeginning, type CommandPattern } from "../shell/index.ts";

/**
 * A pattern made of a regular expression that is tried at the start of a simple command. An allowance must besides end
 * where a word ends: `ls` allows `ls -la`, not `lsattr`. Linear time; throws what RE2 throws.
 */
export function commandRegex(pattern: string): CommandPattern {
  RE2JS.compile(pattern);
  const begins = RE2JS.compile(`\\A(?:${pattern})`, RE2JS.DOTALL);
  const covers = RE2JS.compile(`\\A(?:${pattern})(?:\\s|\\z)`, RE2JS.DOTALL);
  const prefixes = splitAlternatives(pattern).map(literalPrefix);
  const couldMatch = (known: string): boolean => prefixes.some((prefix) => sharesBeginning(known, prefix));
  return {
    matches: (text) => prefixes.some((prefix) => text.startsWith(prefix)) && begins.test(text),
    covers: (text) => covers.test(text),
    couldMatch,
  };
}

/** Cuts a pattern at the `|` that stand outside of groups and classes. In doubt it stays whole. */
function splitAlternatives(pattern: string): readonly string[] {
  if (/\\Q|\(\?[a-zA-Z-]*i/.test(pattern)) return [""];
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "\\") at++;
    else if (character === "[") at = classEnd(pattern, at);
    else if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "|" && depth === 0) {
      parts.push(pattern.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, pattern.slice(start)];
}

/** Where a class that begins at `start` ends; a `]` that comes first belongs to it. */
function classEnd(pattern: string, start: number): number {
  let at = pattern[start + 1] === "^" ? start + 2 : start + 1;
  if (pattern[at] === "]") at++;
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern.startsWith("[:", at)) at = Math.max(at, pattern.indexOf(":]", at) + 1);
  }
  return at;
}

/** What every text that begins with a match of the pattern begins with; "" where that is not plain to see. */
function literalPrefix(pattern: string): string {
  const start = pattern.startsWith("^") ? 1 : 0;
  const rest = pattern.slice(start);
  const end = rest.search(/[\\^$.|?*+()[\]{}]/);
  if (end < 0) return rest;
  // What stands before a quantifier may be missing.
  const isOptional = rest[end] === "?" || rest[end] === "*" || rest[end] === "{";
  return rest.slice(0, isOptional ? Math.max(0, end - 1) : end);
}
