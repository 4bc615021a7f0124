import type { ShellWord } from "./shell-analysis.ts";
import type { Inner } from "./inner.ts";

/** Programs that print, search or store text and never run it. */
const TEXT_PROGRAMS = new Set([
  "[",
  "ag",
  "awk",
  "basename",
  "cat",
  "cut",
  "diff",
  "dirname",
  "echo",
  "egrep",
  "false",
  "fgrep",
  "gh",
  "git",
  "glab",
  "grep",
  "head",
  "jq",
  "ls",
  "mkdir",
  "printf",
  "rg",
  "sed",
  "sort",
  "tail",
  "test",
  "touch",
  "tr",
  "true",
  "uniq",
  "wc",
  "yq",
]);

/**
 * A quoted text with a substitution in it does nothing until something evaluates it: a builtin with arithmetic
 * (`test -v`, `printf -v`), a program that runs its argument. Only programs known not to are believed.
 */
export function deferredCode(program: string, words: readonly ShellWord[]): readonly Inner[] {
  const evaluates = words.slice(1).some(({ text }) => text === "-v");
  if (TEXT_PROGRAMS.has(program) && !evaluates) return [];
  const suspect = words.find(holdsCode);
  if (suspect === undefined) return [];
  const message = `${program} could evaluate the text ${suspect.text.slice(0, 80)}`;
  return [{ type: "opaque", reason: { type: "deferred_code", message } }];
}

/** Whether a literal text holds a substitution, which does nothing until something evaluates the text. */
export function holdsCode({ type, text }: ShellWord): boolean {
  return type === "literal" && /\$\(|`|\$\{|<\(/.test(text);
}
