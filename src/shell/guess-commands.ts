import { basename } from "node:path/posix";

import type { Inner } from "./inner.ts";
import { joinWords } from "./join-words.ts";
import { PLAIN_PROGRAMS } from "./plain-programs.ts";
import { literalWord } from "./read-word.ts";
import { RUNNERS } from "./runners.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { SHELLS } from "./unwrap-shell.ts";
import { WRAPPERS } from "./wrappers.ts";

const MAX_GUESSES = 12;
const MAX_WORDS = 24;

/**
 * What the arguments of a program that nobody knows could run: from each word on, and each word that holds blanks.
 * A new wrapper must not be a way around every denial, so a denial that a guess meets asks.
 */
export function guessCommands(
  program: string | undefined,
  words: readonly ShellWord[],
  inner: readonly Inner[],
): readonly string[] {
  const given = inner.find(({ type }) => type === "guess");
  if (given?.type === "guess") return guessFrom(given.words);
  if (program === undefined || words.length < 2) return [];
  const isKnown = PLAIN_PROGRAMS.has(program) || WRAPPERS.has(program) || RUNNERS.has(program) || SHELLS.has(program);
  // A script of the project is not a wrapper that somebody forgot.
  return isKnown || /^\.{0,2}\//.test(words[0]?.text ?? "") || /\.\w+$/.test(program) ? [] : guessFrom(words.slice(1));
}

function guessFrom(words: readonly ShellWord[]): readonly string[] {
  const guesses: string[] = [];
  for (const [at, word] of words.entries()) {
    if (guesses.length >= MAX_GUESSES) break;
    const value = /^-[\w-]*=(.+)$/s.exec(word.text)?.[1];
    if (value !== undefined) guesses.push(value);
    else if (/\s/.test(word.text)) guesses.push(word.text.trim());
    else if (!word.text.startsWith("-")) {
      const name = literalWord(basename(word.text));
      guesses.push(joinWords([name, ...words.slice(at + 1, at + MAX_WORDS)]).text);
    }
  }
  return guesses;
}
