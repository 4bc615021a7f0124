import type { Inner } from "./inner.ts";
import { PLAIN_PROGRAMS } from "./plain-programs.ts";
import type { ShellWord } from "./shell-analysis.ts";

/** Builtins that evaluate a word as arithmetic, where `a[$(x)]` runs `x`. */
const EVALUATING = new Set([
  "declare",
  "export",
  "let",
  "local",
  "mapfile",
  "read",
  "readarray",
  "readonly",
  "typeset",
  "unset",
  "wait",
  "getopts",
]);
/** Programs whose arguments are patterns: an index with a substitution is usual there. */
const SEARCHING = /^(?:[ef]?grep|rg|ag|ack|sed|awk|gawk|jq|git)$/;
const CODE_IN_INDEX = /\w\[[^\]]*(?:\$\(|`|\$\{)/;

/**
 * A quoted text with a substitution in it does nothing until something evaluates it: a builtin with arithmetic
 * (`test -v`, `printf -v`), a program that runs its argument. Only programs known not to are believed.
 */
export function deferredCode(program: string, words: readonly ShellWord[]): readonly Inner[] {
  const evaluates = EVALUATING.has(program) || words.slice(1).some(({ text }) => text === "-v");
  const isPlain = PLAIN_PROGRAMS.has(program) && !evaluates;
  const suspect = words.find(
    (word) => holdsCode(word) && (!isPlain || (holdsIndexCode(word.text) && !SEARCHING.test(program))),
  );
  if (suspect === undefined) return [];
  const message = `${program} could evaluate the text ${suspect.text.slice(0, 80)}`;
  return [{ type: "opaque", reason: { type: "deferred_code", message } }];
}

/** Whether a text holds a substitution in an index: arithmetic runs it, however the text got there. */
export function holdsIndexCode(text: string): boolean {
  return CODE_IN_INDEX.test(text);
}

/** Whether a literal text holds a substitution, which does nothing until something evaluates the text. */
export function holdsCode({ type, text }: Pick<ShellWord, "type" | "text">): boolean {
  return type === "literal" && /\$\(|`|\$\{|<\(/.test(text);
}
