import { basename, normalize } from "node:path/posix";

import { isShortened } from "./is-shortened.ts";
import { joinWords } from "./join-words.ts";
import { literalWord } from "./read-word.ts";
import type { CommandSpelling, ShellCommand, ShellWord } from "./shell-analysis.ts";
import { splitWords } from "./words.ts";

/** Programs whose first operand is a script that they run. */
const RUNNING_SCRIPTS =
  /^(?:\.|source|(?:ba|da|z|k|mk|rba)?sh|ash|python[\d.]*|node|perl|ruby|php|bun|deno|tsx|ts-node)$/;
/** Programs whose first word that is no option says what they do. */
const WITH_SUBCOMMANDS: ReadonlySet<string> = new Set(
  splitWords(`
    apt apt-get aws az bun cargo docker dnf flyctl gcloud gem gh git go heroku helm kubectl npm pip pip3 pnpm podman
    poetry snap systemctl terraform tofu uv vercel yarn yum
  `),
);
/** Groups of subcommands that may be left out: `docker image push` is `docker push`. */
const OPTIONAL_GROUPS: ReadonlyMap<string, RegExp> = new Map([
  ["docker", /^(?:image|container|builder)$/],
  ["podman", /^(?:image|container)$/],
]);
/** The ways to write "recursive and forced"; the first letters of rules that people write. */
const RECURSIVE_FORCED = ["-rf", "-fr", "-r -f", "-f -r", "-Rf", "--recursive --force"];
const MAX_OPERANDS = 64;
/** So many steps up end at the root wherever they begin. */
const FAR_UP = /^(?:\.\.\/?){6,}/;

/**
 * The ways to write a command that a denial should know: as it stands, without the program's folder, and with options
 * where people put them.
 */
export function spellCommand(words: readonly ShellWord[], program: string | undefined): CommandSpelling[] {
  const spellings = [joinWords(words)];
  if (program === undefined) return [...spellings, ...spellUnknown(words)];
  const plain = [literalWord(program), ...words.slice(1)];
  if (words[0]?.text !== program) spellings.push(joinWords(plain));
  if (RUNNING_SCRIPTS.test(program)) spellings.push(...spellScript(words.slice(1)));
  if (program === "rm") spellings.push(...spellRemoval(words.slice(1)));
  if (program === "find") spellings.push(...spellFind(words));
  if (WITH_SUBCOMMANDS.has(program)) spellings.push(...spellSubcommand(plain, OPTIONAL_GROUPS.get(program)));
  return spellings;
}

/** `bash deploy.sh now` runs `deploy.sh now`, which a shell also looks for in `PATH`. */
function spellScript(words: readonly ShellWord[]): readonly CommandSpelling[] {
  const at = words.findIndex(({ text }) => !/^[-+]/.test(text));
  const script = words[at];
  if (script?.type !== "literal" || words.slice(0, at).some(({ text }) => /^-\w*[cem]/.test(text))) return [];
  const rest = words.slice(at + 1);
  return [joinWords([script, ...rest]), joinWords([literalWord(basename(script.text)), ...rest])];
}

/** `find start -delete` removes like `rm -rf start`. */
function spellFind(words: readonly ShellWord[]): readonly CommandSpelling[] {
  if (!words.some(({ text }) => text === "-delete")) return [];
  // What has to match something is no removal of everything below.
  if (words.some(({ text }) => /^-(?:i?name|i?path|i?wholename|i?regex|newer|[acm](?:time|min)|size|empty)/.test(text)))
    return [];
  const end = words.findIndex(({ text }, at) => at > 0 && text.startsWith("-"));
  return spellRemoval([literalWord("-rf"), ...words.slice(1, end)]);
}

/** Folders in which a relative removal is one of the system. */
const SYSTEM_FOLDER = /^\/+(?:bin|boot|dev|etc|home|lib\w*|opt|proc|root|sbin|srv|sys|usr|var)?\/*$/;

/** `cd / && rm -rf etc` removes `/etc`: adds that spelling. */
export function respellRemovals(
  commands: readonly ShellCommand[],
  directories: readonly ShellWord[],
): readonly ShellCommand[] {
  const folders = directories.filter(({ type, text }) => type === "literal" && SYSTEM_FOLDER.test(text));
  if (folders.length === 0) return commands;
  return commands.map((command) => {
    if (command.program !== "rm") return command;
    const more = folders.flatMap((folder) =>
      spellRemoval(command.words.slice(1).map((word) => (/^[-/~]/.test(word.text) ? word : below(folder.text, word)))),
    );
    return { ...command, spellings: [...command.spellings, ...more] };
  });
}

function below(folder: string, { type, text, known }: ShellWord): ShellWord {
  const start = `${folder.replace(/\/+$/, "")}/`;
  return { type, text: start + text, known: start + known };
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
  // A name pattern that begins with none of these stands for names here.
  if (type === "glob" && !/^[/~.$-]/.test(text)) return { text: `./${text}`, known: `./${known}` };
  if (type !== "literal" || text === "") return { text, known };
  const path = normalize(text).replace(FAR_UP, "/");
  return { text: path, known: path };
}

function splitOptions(words: readonly ShellWord[]): { options: readonly ShellWord[]; operands: readonly ShellWord[] } {
  const end = words.findIndex(({ text }) => text === "--");
  const before = end < 0 ? words : words.slice(0, end);
  const after = end < 0 ? [] : words.slice(end + 1);
  const isOption = ({ text }: ShellWord): boolean => text.length > 1 && text.startsWith("-");
  return { options: before.filter(isOption), operands: [...before.filter((word) => !isOption(word)), ...after] };
}

/** `docker -H tcp://x push y` is a `docker push y`, whether or not an option takes the word after it. */
function spellSubcommand(words: readonly ShellWord[], group: RegExp | undefined): readonly CommandSpelling[] {
  const [program, first] = words;
  if (program === undefined || first === undefined) return [];
  const hasOptions = first.text.startsWith("-");
  const rests = hasOptions ? [skipOptions(words, false), skipOptions(words, true)] : [words.slice(1)];
  const plain = group === undefined ? [] : rests.filter(([name]) => name !== undefined && group.test(name.text));
  return [...(hasOptions ? rests : []), ...plain.map((rest) => rest.slice(1))].map((rest) =>
    joinWords([program, ...rest]),
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
