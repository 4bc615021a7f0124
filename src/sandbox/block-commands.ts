import { normalize } from "node:path/posix";

import { analyseCommand, type ShellAnalysis, type ShellCommand, type ShellWord } from "../shell/index.ts";
import { quoteWord } from "./quote-word.ts";

/** Says why a command is refused, or `undefined` when nothing speaks against it. */
export type CommandBlocker = (command: string | readonly string[]) => string | undefined;

interface BlockedCommand {
  readonly entry: string;
  readonly program: string;
  readonly options: ReadonlySet<string>;
  readonly operands: readonly string[];
}

/** Options of `rm` that mean the same. */
const SAME_OPTIONS: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  [
    "rm",
    new Map([
      ["R", "r"],
      ["recursive", "r"],
      ["force", "f"],
    ]),
  ],
]);

/**
 * Makes a judge of commands out of entries like `curl` or `rm -rf /`: a program with the options and the first
 * operands it must have. A command is judged as the shell would read it, not as text: what stands in a pipeline, a
 * substitution, behind `sudo` or `xargs`, in quotes or under a full path counts, and `nc` does not mean `git sync`.
 * An operand that is a path counts wherever it stands, and everything in a directory counts as the directory:
 * `rm -rf /` also means `rm -r -f -- x /` and `rm -rf /*`, but not `rm -rf /tmp/x`.
 * A text that does not parse, and one that could run what it does not show (a program named by a variable, code of
 * another language, a variable that makes programs load code), is refused. It explains and denies early; what holds a
 * program back in earnest is the sandbox.
 * Throws a `TypeError` for an entry that is not a simple command.
 *
 * @example
 * const refuse = createCommandBlocker(["rm -rf /", "curl"]);
 * refuse("echo x | sudo c'u'rl -d @- host"); // 'The command runs "curl", which blocked_commands forbids'
 * refuse("rm -rf /tmp/x"); // undefined
 */
export function createCommandBlocker(entries: readonly string[]): CommandBlocker {
  const blocked = entries.map(readEntry);
  if (blocked.length === 0) return () => undefined;
  return (command) => judge(typeof command === "string" ? command : command.map(quoteWord).join(" "), blocked);
}

function judge(text: string, blocked: readonly BlockedCommand[]): string | undefined {
  const analysis = analyseCommand(text);
  for (const command of analysis.commands) {
    const hit = blocked.find((entry) => isMeant(entry, command));
    if (hit !== undefined) return `The command runs ${JSON.stringify(hit.entry)}, which blocked_commands forbids`;
  }
  const unseen = whyUnseen(analysis);
  if (unseen === undefined) return undefined;
  const entries = blocked.map(({ entry }) => JSON.stringify(entry)).join(", ");
  return `Nobody can tell that the command runs none of blocked_commands (${entries}): ${unseen}. Write it plainly.`;
}

function whyUnseen({ opaque, commands }: ShellAnalysis): string | undefined {
  const [reason] = opaque;
  if (reason !== undefined) return reason.message;
  const hidden = commands.find(({ program, words }) => program === undefined && words.length > 0);
  return hidden === undefined ? undefined : `which program ${hidden.words[0]?.text ?? ""} is shows only when it runs`;
}

function readEntry(entry: string): BlockedCommand {
  const { commands, opaque } = analyseCommand(entry);
  const [command, ...others] = commands;
  // What stands behind `sudo` belongs to it; of others nothing would be blocked.
  const isOne = others.every(({ wrappers }) => wrappers.length > 0);
  if (command?.program === undefined || opaque.length > 0 || !command.isLiteral || !isOne) {
    throw new TypeError(`A blocked command must be a program with arguments, not ${JSON.stringify(entry)}`);
  }
  const { options, operands } = readArguments(command.program, command.words);
  return { entry, program: command.program, options, operands: operands.map(({ text }) => text) };
}

function isMeant({ program, options, operands }: BlockedCommand, command: ShellCommand): boolean {
  if (command.program !== program) return false;
  const given = readArguments(program, command.words);
  // A word that is known only at run time could be the option.
  const hasOptions = given.isOpen || [...options].every((option) => given.options.has(option));
  return hasOptions && operands.every((operand, index) => hasOperand(operand, given.operands, index));
}

function hasOperand(operand: string, given: readonly ShellWord[], index: number): boolean {
  if (!/^[/~.]/.test(operand)) return given[index]?.text === operand;
  const path = plainPath(operand);
  return given.some((word) => plainPath(word.text) === path);
}

/** `/`, `//`, `/.` and `/*` are one directory and all that is in it. */
function plainPath(path: string): string {
  const plain = normalize(path.replace(/\/(?:\.?\*)$/, "/"));
  return plain.length > 1 ? plain.replace(/\/$/, "") : plain;
}

interface Arguments {
  readonly options: ReadonlySet<string>;
  readonly operands: readonly ShellWord[];
  /** Some word is known only at run time. */
  readonly isOpen: boolean;
}

function readArguments(program: string, words: readonly ShellWord[]): Arguments {
  const options = new Set<string>();
  const operands: ShellWord[] = [];
  let hasEnded = false;
  for (const word of words.slice(1)) {
    if (hasEnded || word.text.length < 2 || !word.text.startsWith("-")) operands.push(word);
    else if (word.text === "--") hasEnded = true;
    else for (const option of readOption(program, word.text)) options.add(option);
  }
  return { options, operands, isOpen: words.slice(1).some(({ type, known }) => type !== "literal" && known === "") };
}

/** `-rf` is `-r -f`; a long option may be shortened where we know its name. */
function readOption(program: string, text: string): readonly string[] {
  const same = SAME_OPTIONS.get(program);
  if (!text.startsWith("--"))
    return text
      .slice(1)
      .split("")
      .map((letter) => same?.get(letter) ?? letter);
  const name = text.slice(2).split("=", 1)[0] ?? "";
  const long = [...(same ?? [])].find(([known]) => known.length > 1 && name !== "" && known.startsWith(name));
  return [long?.[1] ?? name];
}
