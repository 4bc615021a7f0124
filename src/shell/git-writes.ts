import { inFolder } from "./in-folder.ts";
import { readOptions } from "./read-options.ts";
import { literalWord } from "./read-word.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { splitWords } from "./words.ts";

const OUTPUTS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    apply: "--directory",
    archive: "-o --output",
    config: "-f --file",
    diff: "--output",
    "format-patch": "-o --output-directory",
    log: "--output",
    show: "--output",
  }).map(([subcommand, options]) => [subcommand, splitWords(options)]),
);
const VALUES = splitWords("-b -B --branch --depth -o --origin -u --source -s --reference");
/** Subcommands that write or remove the files among their operands. */
const WRITING = new Set(["checkout", "clean", "mv", "restore", "rm"]);
/** Subcommands that make the folder in their last operand. */
const MAKING = new Set(["clone", "init", "worktree"]);

/** The files that git writes because of its arguments. `operands` begins behind `git`. */
export function gitWrites(operands: readonly ShellWord[]): readonly ShellWord[] {
  const folders: ShellWord[] = [];
  let at = 0;
  for (; operands[at]?.text.startsWith("-") === true; at++) {
    if (!/^(?:-C|-c|--git-dir|--work-tree|--namespace)$/.test(operands[at]?.text ?? "")) continue;
    at++;
    const folder = operands[at];
    if (operands[at - 1]?.text === "-C" && folder !== undefined) folders.push(folder);
  }
  const [name, ...rest] = operands.slice(at);
  if (name === undefined) return [];
  const words = [literalWord("git"), ...rest];
  const outputs = OUTPUTS.get(name.text);
  const named = outputs === undefined ? [] : readOptions(words, outputs).values;
  const plain = readOptions(words, VALUES).operands;
  const written = WRITING.has(name.text) ? plain : MAKING.has(name.text) && plain.length > 0 ? plain.slice(-1) : [];
  return [...named, ...written].map((target) => inFolder(folders, target));
}
