import { normalize } from "node:path/posix";

import { isShortened } from "./is-shortened.ts";
import { joinWords } from "./join-words.ts";
import { literalWord } from "./read-word.ts";
import type { CommandSpelling, ShellWord } from "./shell-analysis.ts";

/** Programs whose first word that is no option says what they do. */
const WITH_SUBCOMMANDS = new Set([
  "apt",
  "apt-get",
  "aws",
  "az",
  "bun",
  "cargo",
  "docker",
  "dnf",
  "flyctl",
  "gcloud",
  "gem",
  "gh",
  "git",
  "go",
  "heroku",
  "helm",
  "kubectl",
  "npm",
  "pip",
  "pip3",
  "pnpm",
  "podman",
  "poetry",
  "snap",
  "systemctl",
  "terraform",
  "tofu",
  "uv",
  "vercel",
  "yarn",
  "yum",
]);
/** The ways to write "recursive and forced"; the first letters of rules that people write. */
const RECURSIVE_FORCED = ["-rf", "-fr", "-r -f", "-f -r", "-Rf", "--recursive --force"];
const MAX_OPERANDS = 64;

/**
 * The ways to write a command that a denial should know: as it stands, without the program's folder, and with options
 * where people put them.
 */
export function spellCommand(words: readonly ShellWord[], program: string | undefined): CommandSpelling[] {
  const spellings = [joinWords(words)];
  if (program === undefined) return [...spellings, ...spellUnknown(words)];
  const plain = [literalWord(program), ...words.slice(1)];
  if (words[0]?.text !== program) spellings.push(joinWords(plain));
  if (program === "rm") spellings.push(...spellRemoval(words.slice(1)));
  if (WITH_SUBCOMMANDS.has(program)) spellings.push(...spellSubcommand(plain));
  return spellings;
}

/** A program known only at run time, without its folder: `/usr/bin/cur?` is some `cur…`. */
function spellUnknown([first, ...rest]: readonly ShellWord[]): readonly CommandSpelling[] {
  if (first === undefined || !first.text.includes("/")) return [];
  const { type, text, known } = first;
  const name = text.slice(text.lastIndexOf("/") + 1);
  const isOneName = type === "glob" && !text.slice(known.length).includes("/");
  return [joinWords([{ type, text: name, known: isOneName ? known.slice(known.lastIndexOf("/") + 1) : "" }, ...rest])];
}

/** `rm` takes its options anywhere, in any order, and each operand is removed on its own. */
function spellRemoval(argumentsGiven: readonly ShellWord[]): readonly CommandSpelling[] {
  const { options, operands } = splitOptions(argumentsGiven);
  const isRecursive = options.some(({ text }) => /^-[a-zA-Z]*[rR]/.test(text) || isShortened(text, "--recursive"));
  const isForced = options.some(({ text }) => /^-[a-zA-Z]*f/.test(text) || isShortened(text, "--force"));
  const forms = isRecursive
    ? isForced
      ? RECURSIVE_FORCED
      : ["-r", "-R", "--recursive"]
    : isForced
      ? ["-f", "--force"]
      : [];
  const targets = operands.length > MAX_OPERANDS ? [joinWords(operands)] : operands.map(spellPath);
  return ["rm", ...forms.map((form) => `rm ${form}`)].flatMap((start) =>
    targets.map(({ text, known }) => ({ text: `${start} ${text}`, known: `${start} ${known}` })),
  );
}

function spellPath({ type, text, known }: ShellWord): CommandSpelling {
  return type === "literal" && text !== "" ? { text: normalize(text), known: normalize(text) } : { text, known };
}

function splitOptions(words: readonly ShellWord[]): { options: readonly ShellWord[]; operands: readonly ShellWord[] } {
  const end = words.findIndex(({ text }) => text === "--");
  const before = end < 0 ? words : words.slice(0, end);
  const after = end < 0 ? [] : words.slice(end + 1);
  const isOption = ({ text }: ShellWord): boolean => text.length > 1 && text.startsWith("-");
  return { options: before.filter(isOption), operands: [...before.filter((word) => !isOption(word)), ...after] };
}

/** `docker -H tcp://x push y` is a `docker push y`, whether or not an option takes the word after it. */
function spellSubcommand(words: readonly ShellWord[]): readonly CommandSpelling[] {
  if (words[1]?.text.startsWith("-") !== true) return [];
  return [skipOptions(words, false), skipOptions(words, true)].map((rest) =>
    joinWords([...words.slice(0, 1), ...rest]),
  );
}

function skipOptions(words: readonly ShellWord[], takeValues: boolean): readonly ShellWord[] {
  let at = 1;
  while (words[at]?.text.startsWith("-") === true) {
    const takesNext =
      takeValues && words[at]?.text.includes("=") === false && words[at + 1]?.text.startsWith("-") === false;
    at += takesNext ? 2 : 1;
  }
  return words.slice(at);
}
