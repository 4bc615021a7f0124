import { basename } from "node:path/posix";

import { judgeAssignment } from "./assignments.ts";
import { guessCommands } from "./guess-commands.ts";
import type { Inner } from "./inner.ts";
import { joinWords } from "./join-words.ts";
import { afterText } from "./read-options.ts";
import { readsOf } from "./reads-of.ts";
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

const MAX_WRAPPERS = 16;
const MOVING = new Set(["cd", "pushd", "popd"]);

/** Adds a command to the walk, and whatever it runs in turn. */
export function addCommand(found: FoundCommand, walk: Walk, place: Place): void {
  const inner: Inner[] = [];
  for (const { name, value } of found.assignments) inner.push(...judgeAssignment(name, afterEquals(value)));
  const program = programOf(found.words);
  if (program !== undefined) inner.push(...unwrapCommand(program, found, place));
  const command = readParts(found, place, program, guessCommands(program, found.words, inner));
  walk.commands.push(command);
  const [programWord] = found.words;
  if (programWord !== undefined && programWord.type !== "literal") {
    walk.opaque.push({
      type: "dynamic_program",
      message: `which program ${programWord.text} is shows only when it runs`,
    });
  }
  if (program !== undefined && MOVING.has(program)) noteDirectory(program, found.words, walk);
  for (const one of inner) addInner(one, command, walk, place);
}

function addInner(inner: Inner, command: ShellCommand, walk: Walk, place: Place): void {
  switch (inner.type) {
    case "command":
      addWrapped(inner.words, command, walk, place);
      break;
    case "code":
      addCode(inner.code, command, walk, place);
      break;
    case "assignment":
      for (const one of judgeAssignment(inner.name, inner.value)) addInner(one, command, walk, place);
      break;
    case "directory":
      walk.directories.push(inner.directory);
      break;
    case "opaque":
      walk.opaque.push(inner.reason);
      break;
    case "guess":
      break;
    default:
      inner satisfies never;
  }
}

function addWrapped(words: readonly ShellWord[], command: ShellCommand, walk: Walk, place: Place): void {
  if (words.length === 0) return;
  if (command.wrappers.length > MAX_WRAPPERS) {
    walk.opaque.push({ type: "nesting", message: "too many programs run each other" });
    return;
  }
  addCommand(
    { words, assignments: [], writes: [], reads: [], readsFile: false, stdin: undefined },
    walk,
    within(command, place),
  );
}

function addCode(code: ShellWord, command: ShellCommand, walk: Walk, place: Place): void {
  if (code.type !== "literal") {
    walk.opaque.push({ type: "dynamic_code", message: `the code ${code.text} is known only when it runs` });
  }
  // Code with gaps is read as well: a denial may know the part that stands there.
  walk.pending.push({ code: code.text, place: within(command, place) });
}

/** Where a relative path may begin from here on; a folder that is not known stands as a dynamic word. */
function noteDirectory(program: string, words: readonly ShellWord[], walk: Walk): void {
  const folder = words.slice(1).find(({ text }) => !/^-[LPe@n-]*$/.test(text) || text === "-");
  if (program === "popd" || folder === undefined) {
    if (program !== "cd") walk.directories.push({ type: "dynamic", text: program, known: "" });
    else walk.directories.push({ type: "literal", text: "~", known: "~" });
    return;
  }
  const isRotation = folder.text === "-" || (program === "pushd" && /^[+-]\d/.test(folder.text));
  walk.directories.push(isRotation ? { type: "dynamic", text: folder.text, known: "" } : folder);
}

function within({ program, wrappers }: ShellCommand, place: Place): Place {
  return { ...place, wrappers: program === undefined ? wrappers : [...wrappers, program] };
}

function afterEquals(word: ShellWord): ShellWord {
  return afterText(word, word.text.indexOf("=") + 1);
}

function programOf([first]: readonly ShellWord[]): string | undefined {
  return first?.type === "literal" ? basename(first.text) : undefined;
}

function readParts(
  { words, assignments, writes, reads, readsFile }: FoundCommand,
  place: Place,
  program: string | undefined,
  guesses: readonly string[],
): ShellCommand {
  const all = assignments.length === 0 ? words : [...assignments.map(({ value }) => value), ...words];
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
    reads: program === undefined ? reads : [...reads, ...readsOf(program, words)],
    readsFile,
    guesses,
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
