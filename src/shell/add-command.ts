import { basename } from "node:path/posix";

import { holdsCode } from "./deferred-code.ts";
import { joinWords } from "./join-words.ts";
import type { CommandSpelling, ShellCommand, ShellWord } from "./shell-analysis.ts";
import { spellCommand } from "./spell-command.ts";
import { unwrapCommand } from "./unwrap-command.ts";
import type { Place, Redirects, Walk } from "./walk.ts";
import { writesOf } from "./writes-of.ts";

/** A simple command as it stands in the text. */
export interface FoundCommand extends Redirects {
  readonly words: readonly ShellWord[];
  readonly assignments: readonly { readonly name: string; readonly value: ShellWord }[];
}

/** Variables whose value another program runs as a command. */
const COMMAND_VARIABLES = new Set([
  "BROWSER",
  "EDITOR",
  "GIT_ASKPASS",
  "GIT_EDITOR",
  "GIT_EXTERNAL_DIFF",
  "GIT_PAGER",
  "GIT_PROXY_COMMAND",
  "GIT_SEQUENCE_EDITOR",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "LESSOPEN",
  "MANPAGER",
  "PAGER",
  "PROMPT_COMMAND",
  "RSYNC_RSH",
  "SSH_ASKPASS",
  "SUDO_ASKPASS",
  "SUDO_EDITOR",
  "VISUAL",
]);

/** Adds a command to the walk, and whatever it runs in turn. */
export function addCommand(found: FoundCommand, walk: Walk, place: Place): void {
  const command = readParts(found, place);
  walk.commands.push(command);
  const [programWord, target] = found.words;
  if (programWord !== undefined && programWord.type !== "literal" && programWord.known === "") {
    walk.opaque.push({
      type: "dynamic_program",
      message: `which program ${programWord.text} is shows only when it runs`,
    });
  }
  if (target !== undefined && (command.program === "cd" || command.program === "pushd")) walk.directories.push(target);
  for (const { name, value } of found.assignments) {
    if (COMMAND_VARIABLES.has(name)) addCode(valueOf(value), command, walk, place);
    else if (holdsCode(value))
      walk.opaque.push({ type: "deferred_code", message: `${name} holds code that something could run` });
  }
  addInner(found, command, walk, place);
}

function addInner(found: FoundCommand, command: ShellCommand, walk: Walk, place: Place): void {
  if (command.program === undefined) return;
  for (const inner of unwrapCommand(command.program, found, place.upstream)) {
    switch (inner.type) {
      case "command":
        addWrapped(inner.words, command, walk, place);
        break;
      case "code":
        addCode(inner.code, command, walk, place);
        break;
      case "opaque":
        walk.opaque.push(inner.reason);
        break;
      default:
        inner satisfies never;
    }
  }
}

function addWrapped(words: readonly ShellWord[], command: ShellCommand, walk: Walk, place: Place): void {
  if (words.length === 0) return;
  if (command.wrappers.length > 16) {
    walk.opaque.push({ type: "nesting", message: "too many programs run each other" });
    return;
  }
  addCommand({ words, assignments: [], writes: [], readsFile: false, stdin: undefined }, walk, within(command, place));
}

function addCode(code: ShellWord, command: ShellCommand, walk: Walk, place: Place): void {
  if (code.type !== "literal") {
    walk.opaque.push({ type: "dynamic_code", message: `the code ${code.text} is known only when it runs` });
  }
  // Code with gaps is read as well: a denial may know the part that stands there.
  walk.pending.push({ code: code.text, place: within(command, place) });
}

function within({ program, wrappers }: ShellCommand, place: Place): Place {
  return { ...place, wrappers: program === undefined ? wrappers : [...wrappers, program] };
}

function valueOf({ type, text, known }: ShellWord): ShellWord {
  const start = text.indexOf("=") + 1;
  return { type, text: text.slice(start), known: known.slice(start) };
}

function readParts({ words, assignments, writes, readsFile }: FoundCommand, place: Place): ShellCommand {
  const [first] = words;
  const program = first?.type === "literal" ? basename(first.text) : undefined;
  const all = [...assignments.map(({ value }) => value), ...words];
  const text = textOf(all, writes);
  const spellings: CommandSpelling[] = words.length === 0 ? [text] : spellCommand(words, program);
  return {
    program,
    words,
    assignments: assignments.map(({ name }) => name),
    text: text.text,
    isLiteral: all.every((word, index) => isSettled(word, index)),
    spellings: assignments.length > 0 && words.length > 0 ? [text, ...spellings] : spellings,
    wrappers: place.wrappers,
    writes: program === undefined ? writes : [...writes, ...writesOf(program, words)],
    readsFile,
    upstream: place.upstream,
    inFunction: place.inFunction,
  };
}

function textOf(words: readonly ShellWord[], writes: FoundCommand["writes"]): CommandSpelling {
  if (words.length > 0) return joinWords(words);
  const text = writes.map(({ target }) => `> ${target.text}`).join(" ");
  return { text, known: text };
}

/** A name pattern is settled where it cannot turn into an option or a program. */
function isSettled({ type, known }: ShellWord, index: number): boolean {
  return type === "literal" || (type === "glob" && index > 0 && known !== "" && !known.startsWith("-"));
}
