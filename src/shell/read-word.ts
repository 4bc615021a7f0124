import type { Word, WordPart } from "unbash";

import type { ShellWord } from "./shell-analysis.ts";

const MAX_VALUES = 64;

interface Reading {
  known: string;
  type: ShellWord["type"];
}

/** Takes the quotes off a word and says how much of it is known before it runs. */
export function readWord(word: Word): ShellWord {
  const { parts } = word;
  if (parts === undefined) return withHome(literalWord(word.value), word);
  const reading: Reading = { known: "", type: "literal" };
  for (const part of parts) readPart(part, reading);
  const read: ShellWord =
    reading.type === "literal"
      ? literalWord(word.value)
      : { type: reading.type, text: word.value, known: reading.known };
  if (read.type === "dynamic" && parts.every(isPlainOrNumber)) return withHome(numbered(parts), word);
  const values = parts.some(({ type }) => type === "BraceExpansion") ? braceValues(parts) : undefined;
  return withHome(values === undefined ? read : { ...read, values }, word);
}

/** A word that is known as it stands. */
export function literalWord(text: string): ShellWord {
  return { type: "literal", text, known: text };
}

/** `$$`, `$?`, `$#`, `$!`: some digits. */
function isNumber(part: WordPart): boolean {
  return part.type === "SimpleExpansion" && /^\$[$?#!]$/.test(part.text);
}

function isPlainOrNumber(part: WordPart): boolean {
  return part.type === "Literal" || part.type === "SingleQuoted" || isNumber(part);
}

/** A word with digits that are not known stands for names, like a pattern. */
function numbered(parts: readonly WordPart[]): ShellWord {
  const text = parts.map((part) => ("value" in part ? part.value : "[0-9]")).join("");
  const known = text.slice(0, text.indexOf("["));
  return { type: known === "" ? "dynamic" : "glob", text, known };
}

/** The names that a plain list in braces stands for: `app/{src,test}`. */
function braceValues(parts: readonly WordPart[]): readonly ShellWord[] | undefined {
  let texts = [""];
  for (const part of parts) {
    if (part.type === "Literal" || part.type === "SingleQuoted") {
      texts = texts.map((text) => text + part.value);
      continue;
    }
    const list = part.type === "BraceExpansion" ? /^\{([\w./+@-]*(?:,[\w./+@-]*)+)\}$/.exec(part.text)?.[1] : undefined;
    if (list === undefined || list.includes("..")) return undefined;
    texts = texts.flatMap((text) => list.split(",").map((item) => text + item));
    if (texts.length > MAX_VALUES) return undefined;
  }
  return texts.map(literalWord);
}

/** The shell puts the home folder in place of a `~` that is not quoted. */
function withHome(read: ShellWord, { text }: Word): ShellWord {
  return text.startsWith("~") ? { ...read, isHome: true } : read;
}

function readPart(part: WordPart, reading: Reading): void {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      if (reading.type === "literal") reading.known += part.value;
      return;
    case "DoubleQuoted":
    case "LocaleString":
      for (const child of part.parts) readPart(child, reading);
      return;
    case "Glob":
      if (reading.type === "literal") reading.type = "glob";
      return;
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "CommandExpansion":
    case "ArithmeticExpansion":
    case "ProcessSubstitution":
    case "ExtendedGlob":
    case "BraceExpansion":
      reading.type = "dynamic";
      return;
    default:
      part satisfies never;
  }
}
