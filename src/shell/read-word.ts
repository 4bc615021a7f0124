import type { Word, WordPart } from "unbash";

import type { ShellWord } from "./shell-analysis.ts";

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
  return withHome(read, word);
}

/** A word that is known as it stands. */
export function literalWord(text: string): ShellWord {
  return { type: "literal", text, known: text };
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
