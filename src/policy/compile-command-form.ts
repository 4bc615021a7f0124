import { commandPrefix, matchGlob, type CommandMatch, type ShellAnalysis, type ShellCommand } from "../shell/index.ts";
import type { Condition } from "./condition.ts";
import type { CommandCondition } from "./read-conditions.ts";

/**
 * The precise form for commands, for denials and questions: `yes` when one simple command has the program, each of the
 * arguments and the first words; `maybe` when one could, by what is known only at run time.
 */
export function matchCommandForm(form: CommandCondition): Condition {
  const prefix = form.prefix === undefined ? undefined : commandPrefix(form.prefix.join(" "));
  return ({ command }) => {
    if (command === undefined) return "no";
    let match: CommandMatch = command.opaque.length > 0 ? "maybe" : "no";
    for (const one of command.commands) {
      const answer = matchOne(form, prefix, one);
      if (answer === "yes") return "yes";
      if (answer === "maybe") match = "maybe";
    }
    return match;
  };
}

function matchOne(
  { program, args }: CommandCondition,
  prefix: ReturnType<typeof commandPrefix> | undefined,
  command: ShellCommand,
): CommandMatch {
  let match: CommandMatch = "yes";
  const and = (answer: CommandMatch): void => {
    if (answer === "no" || match === "no") match = "no";
    else if (answer === "maybe") match = "maybe";
  };
  if (program !== undefined) and(matchProgram(program, command));
  if (args !== undefined) and(matchArguments(args, command));
  if (prefix !== undefined) {
    const isMatch = command.spellings.some(({ text }) => prefix.matches(text));
    const isPossible =
      command.spellings.some(({ text, known }) => known.length < text.length && prefix.couldMatch(known)) ||
      command.guesses.some((guess) => prefix.matches(guess));
    and(isMatch ? "yes" : isPossible ? "maybe" : "no");
  }
  return match;
}

function matchProgram(globs: readonly string[], { program, words, guesses }: ShellCommand): CommandMatch {
  const isNamed = (name: string): boolean => globs.some((glob) => matchGlob(glob, name));
  if (program !== undefined && isNamed(program)) return "yes";
  if (program === undefined && words.length > 0) return "maybe";
  return guesses.some((guess) => isNamed(guess.split(/\s/, 1)[0] ?? "")) ? "maybe" : "no";
}

/** Each glob must meet an argument; what a program gets at run time could be one. */
function matchArguments(globs: readonly string[], { words, guesses }: ShellCommand): CommandMatch {
  const given = words.slice(1);
  const hasAll = globs.every((glob) => given.some(({ type, text }) => type === "literal" && matchGlob(glob, text)));
  if (hasAll) return "yes";
  return given.some(({ type }) => type !== "literal") || guesses.length > 0 ? "maybe" : "no";
}

/** The same for allowances: every simple command must be covered, word by word, and nothing be known only at run time. */
export function coverCommandForm(
  form: CommandCondition,
  { mayRedirect }: { readonly mayRedirect: boolean },
): Condition {
  return ({ command }) => (command !== undefined && coversAll(form, command, mayRedirect) ? "yes" : "no");
}

function coversAll(form: CommandCondition, { commands, opaque }: ShellAnalysis, mayRedirect: boolean): boolean {
  if (opaque.length > 0 || commands.length === 0) return false;
  return commands.every((command) => {
    const { isLiteral, assignments, readsFile, writes } = command;
    const isPlain = isLiteral && assignments.length === 0;
    const redirects = readsFile || writes.some(({ by }) => by === "redirection");
    return isPlain && (mayRedirect || !redirects) && coversOne(form, command);
  });
}

function coversOne({ program, args, prefix }: CommandCondition, { words }: ShellCommand): boolean {
  const [first, ...rest] = words;
  if (first === undefined) return false;
  const isProgram = program === undefined || program.some((glob) => matchGlob(glob, first.text));
  // A folder in front of the name makes it another program, unless the rule names the folder.
  const isPlace =
    !first.text.includes("/") || [...(program ?? []), ...(prefix ?? [])].some((name) => name.includes("/"));
  const hasPrefix =
    prefix === undefined || prefix.every((word, at) => words[at]?.type === "literal" && words[at]?.text === word);
  const hasArguments =
    args === undefined || (rest.length > 0 && rest.every(({ text }) => args.some((glob) => matchGlob(glob, text))));
  return isProgram && isPlace && hasPrefix && hasArguments;
}
