import { literalWord } from "./read-word.ts";
import type { ShellWord, ShellWrite } from "./shell-analysis.ts";

/** Programs that write, create, change or remove every operand. */
const WRITE_ALL = new Set([
  "chattr",
  "chgrp",
  "chmod",
  "chown",
  "mkdir",
  "mkfifo",
  "rm",
  "rmdir",
  "setfacl",
  "shred",
  "sponge",
  "tee",
  "touch",
  "truncate",
  "unlink",
  "wipefs",
]);
/** Programs that write their last operand, or the folder after `-t`. `mv` also removes the others. */
const WRITE_LAST = new Set(["cp", "install", "ln", "mv", "rsync", "scp"]);
/** Options that name a file to write. */
const OUTPUT_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["curl", ["-o", "--output", "-D", "--dump-header", "-c", "--cookie-jar"]],
  ["find", ["-fprint", "-fprintf", "-fls", "-fprint0"]],
  ["gcc", ["-o"]],
  ["sort", ["-o", "--output"]],
  ["tar", ["-f", "--file", "-C", "--directory"]],
  ["unzip", ["-d"]],
  ["wget", ["-O", "--output-document", "-P", "--directory-prefix", "-o", "--output-file"]],
]);

/** The files that a known program writes because of its arguments; what else it writes is not known. */
export function writesOf(program: string, words: readonly ShellWord[]): readonly ShellWrite[] {
  const operands = words
    .slice(1)
    .filter(({ type, text }) => type !== "literal" || !text.startsWith("-") || text === "-");
  return targetsOf(program, words, operands).map((target) => ({ target, by: "argument" }));
}

function targetsOf(program: string, words: readonly ShellWord[], operands: readonly ShellWord[]): readonly ShellWord[] {
  if (WRITE_ALL.has(program)) return operands;
  if (WRITE_LAST.has(program)) return program === "mv" ? operands : lastOperand(words, operands);
  if (program === "dd") return operands.filter(({ text }) => text.startsWith("of=")).map((word) => after(word, 3));
  if (program === "sed" && words.some(({ text }) => /^(?:-[a-zA-Z]*i|--in-place)/.test(text))) return operands;
  const options = OUTPUT_OPTIONS.get(program);
  return options === undefined ? [] : words.flatMap((word, index) => outputOption(options, word, words[index + 1]));
}

function lastOperand(words: readonly ShellWord[], operands: readonly ShellWord[]): readonly ShellWord[] {
  const folder = words.flatMap((word, index) => outputOption(["-t", "--target-directory"], word, words[index + 1]));
  return [...folder, ...operands.slice(-1)];
}

function outputOption(options: readonly string[], word: ShellWord, next: ShellWord | undefined): readonly ShellWord[] {
  for (const option of options) {
    if (word.text === option) return next === undefined ? [] : [next];
    if (option.startsWith("--") && word.text.startsWith(`${option}=`)) return [after(word, option.length + 1)];
    if (/^-[a-zA-Z]$/.test(option) && word.text.startsWith(option)) return [after(word, 2)];
  }
  return [];
}

function after({ type, text, known }: ShellWord, length: number): ShellWord {
  return type === "literal"
    ? literalWord(text.slice(length))
    : { type, text: text.slice(length), known: known.slice(length) };
}
