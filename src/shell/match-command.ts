import { globPrefix, matchGlob } from "./match-glob.ts";
import type { ShellAnalysis } from "./shell-analysis.ts";

/** A pattern for simple commands. */
export interface CommandPattern {
  /** Whether a denial that carries the pattern means this text. */
  matches(text: string): boolean;
  /** Whether an allowance that carries the pattern means all of this text. */
  covers(text: string): boolean;
  /** Whether some text that begins like this could match; `true` when in doubt. */
  couldMatch(known: string): boolean;
}

/** Whether a pattern matches; `maybe` when that is known only at run time. */
export type CommandMatch = "yes" | "maybe" | "no";

/** A pattern made of a glob over the whole text of a simple command: `git *`. */
export function commandGlob(glob: string): CommandPattern {
  const prefix = globPrefix(glob);
  const matches = (text: string): boolean => text.startsWith(prefix) && matchGlob(glob, text);
  return { matches, covers: matches, couldMatch: (known) => sharesBeginning(known, prefix) };
}

/** A pattern made of the first words of a simple command. */
export function commandPrefix(prefix: string): CommandPattern {
  const matches = (text: string): boolean =>
    text.startsWith(prefix) && (text.length === prefix.length || text.charAt(prefix.length) === " ");
  return { matches, covers: matches, couldMatch: (known) => sharesBeginning(known, prefix) };
}

/** Whether one text begins with the other. */
export function sharesBeginning(left: string, right: string): boolean {
  return left.startsWith(right) || right.startsWith(left);
}

/**
 * For a rule that denies or asks: `yes` when any part of the command matches in any of its spellings, `maybe` when a
 * part that is known only at run time could.
 */
export function matchAnyCommand(analysis: ShellAnalysis, pattern: CommandPattern): CommandMatch {
  let match: CommandMatch = analysis.opaque.length > 0 ? "maybe" : "no";
  for (const { spellings, guesses } of analysis.commands) {
    for (const { text, known } of spellings) {
      if (pattern.matches(text)) return "yes";
      if (match === "no" && known.length !== text.length && pattern.couldMatch(known)) match = "maybe";
    }
    if (match === "no" && guesses.some((guess) => pattern.matches(guess))) match = "maybe";
  }
  // A pattern that spans several commands (`*| sh`) only fits the text as it came.
  return pattern.matches(analysis.source) ? "yes" : match;
}

/**
 * For a rule that allows: whether every simple command is covered by one of the patterns, nothing is known only at run
 * time, and no file is reached through a redirection (which a command's own text does not show).
 */
export function coversEveryCommand(
  analysis: ShellAnalysis,
  pattern: Pick<CommandPattern, "covers">,
  options: { readonly mayRedirect?: boolean } = {},
): boolean {
  const { commands, opaque } = analysis;
  if (opaque.length > 0 || commands.length === 0) return false;
  return commands.every(
    (command) =>
      command.isLiteral && (options.mayRedirect === true || !reachesFiles(command)) && pattern.covers(command.text),
  );
}

function reachesFiles({ readsFile, writes }: ShellAnalysis["commands"][number]): boolean {
  return readsFile || writes.some(({ by }) => by === "redirection");
}
