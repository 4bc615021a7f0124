import { quoteWord } from "../quote-word.ts";

/** What a command prints when it could not begin, and why; the words are ours. */
export const START_FAILED = /^harness: not started: (.*)$/m;

/**
 * One text of a command for a shell that is given nothing else: a folder that is not there and a program that is not
 * there are told apart from a command that fails.
 */
export function spellCommand(command: string | readonly string[], cwd: string): string {
  const enter = `cd -- ${quoteWord(cwd)} 2>/dev/null || { echo 'harness: not started: there is no such directory' >&2; exit 126; }`;
  if (typeof command === "string") {
    return `${enter}\nexec "$(command -v bash || command -v sh)" -c ${quoteWord(command)}`;
  }
  const [program = ""] = command;
  const look = `command -v -- ${quoteWord(program)} >/dev/null 2>&1 || { echo 'harness: not started: there is no such program' >&2; exit 127; }`;
  // `env` finds programs only: a word of the shell is none.
  return `${enter}\n${look}\nexec env -- ${command.map(quoteWord).join(" ")}`;
}
