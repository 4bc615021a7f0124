import { literalWord } from "./read-word.ts";
import type { ShellWord } from "./shell-analysis.ts";

/** The values of some options, and the words that are no options. */
export interface ReadOptions {
  readonly values: readonly ShellWord[];
  readonly operands: readonly ShellWord[];
}

/**
 * Reads the values of the options that are named (`-o`, `--output`, `-out`) and the operands, as GNU programs do: in
 * clusters, attached, after `=`, and with long names cut short. In doubt a word counts as a value: what is missed here
 * goes unseen. `words` begins with the program.
 */
export function readOptions(words: readonly ShellWord[], named: readonly string[]): ReadOptions {
  const values: ShellWord[] = [];
  const operands: ShellWord[] = [];
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? literalWord("");
    if (word.text === "--") return { values, operands: [...operands, ...words.slice(at + 1)] };
    if (word.text.length < 2 || !word.text.startsWith("-")) {
      operands.push(word);
      continue;
    }
    const found = readOption(word, named);
    if (found === undefined) continue;
    const value = found === "next" ? words[++at] : found;
    if (value !== undefined) values.push(value);
  }
  return { values, operands };
}

/** The attached value of a named option; "next" where the value is the next word. */
function readOption(word: ShellWord, named: readonly string[]): ShellWord | "next" | undefined {
  const { text } = word;
  if (named.includes(text)) return "next";
  const equals = text.indexOf("=");
  if (text.startsWith("--")) {
    const name = equals < 0 ? text : text.slice(0, equals);
    const isNamed = name.length > 3 && named.some((option) => option.startsWith(name));
    return isNamed ? (equals < 0 ? "next" : afterText(word, equals + 1)) : undefined;
  }
  const long = named.find((option) => /^-\w\w/.test(option) && text.startsWith(option));
  if (long !== undefined && equals < 0) return afterText(word, long.length);
  if (equals > 0 && named.includes(text.slice(0, equals))) return afterText(word, equals + 1);
  for (let at = 1; at < text.length; at++) {
    if (!/[a-zA-Z\d]/.test(text.charAt(at))) return undefined;
    if (!named.includes(`-${text.charAt(at)}`)) continue;
    return at === text.length - 1 ? "next" : afterText(word, at + 1);
  }
  return undefined;
}

/** What a word holds behind its first characters. */
export function afterText({ type, text, known, isHome }: ShellWord, length: number): ShellWord {
  if (type === "literal") return literalWord(text.slice(length));
  return { type, text: text.slice(length), known: known.slice(length), ...(isHome === true ? { isHome } : {}) };
}
