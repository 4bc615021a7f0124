import { basename } from "node:path/posix";

import { literalWord } from "./read-word.ts";
import type { ShellCommand } from "./shell-analysis.ts";

/**
 * Reads commands out of a text that was not parsed, by cutting it at operators and dropping quotes. Wrong in detail,
 * linear in time; only fit for denials, next to an opaque reason.
 */
export function crudeCommands(source: string): readonly ShellCommand[] {
  const parts = new Set(source.replaceAll(/["'\\]/g, "").split(/[\n;&|(){}`<>]+/));
  return [...parts]
    .map((part) =>
      part
        .trim()
        .split(/\s+/)
        .filter((word) => !/^\w+=/.test(word)),
    )
    .filter(([program]) => program !== undefined && program !== "")
    .map(crudeCommand);
}

function crudeCommand(words: readonly string[]): ShellCommand {
  const text = words.join(" ");
  const program = basename(words[0] ?? "");
  const bare = [program, ...words.slice(1)].join(" ");
  return {
    program,
    words: words.map(literalWord),
    assignments: [],
    text,
    isLiteral: false,
    spellings: [text, bare].map((spelling) => ({ text: spelling, known: spelling })),
    wrappers: [],
    writes: [],
    reads: [],
    readsFile: false,
    guesses: [],
    upstream: [],
    inFunction: undefined,
  };
}
