import type { CommandSpelling, ShellWord } from "./shell-analysis.ts";

/** Words with one space between them, and how much of that is known. */
export function joinWords(words: readonly ShellWord[]): CommandSpelling {
  const text = words.map((word) => word.text).join(" ");
  let known = "";
  for (const [index, word] of words.entries()) {
    known += (index === 0 ? "" : " ") + word.known;
    if (word.type !== "literal") return { text, known };
  }
  return { text, known: text };
}
