import { inFolder } from "./in-folder.ts";
import { readOptions } from "./read-options.ts";
import { literalWord } from "./read-word.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { splitWords } from "./words.ts";

const FOLDER = ["-C", "--directory"];
const ARCHIVE = splitWords("-f --file --index-file");
const VALUES = splitWords(`
  -b -F -g -H -I -K -L -N -T -V -X --exclude --exclude-from --files-from --group --info-script --mode --owner --strip-components
  --suffix --to-command --transform --use-compress-program --xform
`);
/** Letters whose value is the rest of a cluster. */
const WITH_VALUE = /[bfCFgHIKLNTVX]/;
/** Options by which names in the archive may lead anywhere. */
const ANYWHERE = /^--(?:abs|tr|xf)/;

/**
 * The archive, the folder and the members that `tar` is told to write. What else an archive holds is not in the text:
 * it goes below the folder, unless an option lets it go anywhere.
 */
export function tarWrites(words: readonly ShellWord[]): readonly ShellWord[] {
  const dashed = withDash(words);
  const folders = readOptions(dashed, FOLDER).values;
  const named = [...readOptions(dashed, ARCHIVE).values, ...folders];
  const letters = dashed.flatMap(({ text }) => lettersOf(text));
  const isExtraction = letters.includes("x") || dashed.some(({ text }) => /^--(?:ext|get)/.test(text));
  const isPrinted = letters.includes("O") || dashed.some(({ text }) => text.startsWith("--to-std"));
  if (!isExtraction || isPrinted) return named;
  const { operands } = readOptions(dashed, [...FOLDER, ...ARCHIVE, ...VALUES]);
  const members = operands.map((member) => inFolder(folders, toPattern(member)));
  const isLoose = letters.includes("P") || dashed.some(({ text }) => ANYWHERE.test(text));
  return [...named, ...members, ...(isLoose ? [ANY] : [])];
}

/** The folder and the members that `unzip` is told to write. */
export function unzipWrites(words: readonly ShellWord[]): readonly ShellWord[] {
  const folders = readOptions(words, ["-d"]).values;
  const letters = words.slice(1).flatMap(({ text }) => lettersOf(text));
  if (letters.some((letter) => /[cplvtzZ]/.test(letter))) return folders;
  const excluded = words.findIndex(({ text }) => text === "-x");
  const { operands } = readOptions(excluded < 0 ? words : words.slice(0, excluded), ["-d", "-P"]);
  const members = operands.slice(1).map((member) => inFolder(folders, toPattern(member)));
  // `-:` lets names climb out of the folder.
  return [...folders, ...members, ...(letters.includes(":") ? [ANY] : [])];
}

const ANY: ShellWord = { type: "dynamic", text: "names in the archive", known: "" };

/** Members are patterns for names, also where the shell sees none. */
function toPattern(word: ShellWord): ShellWord {
  return word.type === "literal" && /[*?[]/.test(word.text) ? { ...word, type: "glob" } : word;
}

/** The letters of a cluster of options, up to the first that takes a value. */
function lettersOf(text: string): readonly string[] {
  if (!/^-[^-]/.test(text)) return [];
  const letters = text.slice(1).split("");
  const end = letters.findIndex((letter) => WITH_VALUE.test(letter));
  return end < 0 ? letters : letters.slice(0, end);
}

/** The old style, `tar czf file`: letters first, their values behind. */
function withDash(words: readonly ShellWord[]): readonly ShellWord[] {
  const [program, letters] = words;
  if (program === undefined || letters?.type !== "literal" || !/^[a-zA-Z]+$/.test(letters.text)) return words;
  let at = 2;
  const named: ShellWord[] = [];
  for (const letter of letters.text) {
    const value = WITH_VALUE.test(letter) ? words[at++] : undefined;
    if (value === undefined || /[fC]/.test(letter)) named.push(literalWord(`-${letter}`));
    if (value !== undefined && /[fC]/.test(letter)) named.push(value);
  }
  return [program, ...named, ...words.slice(at)];
}
