import type { ShellWord } from "./shell-analysis.ts";
import type { Inner } from "./inner.ts";
import { codeOfStdin } from "./unwrap-shell.ts";
import type { Stdin } from "./walk.ts";

interface Language {
  /** Letters of short options that carry code, also in a cluster. */
  readonly short: string;
  readonly long?: readonly string[];
  /** Runs its standard input when no script is named. */
  readonly readsStdin?: boolean;
}

const LANGUAGES: readonly (readonly [RegExp, Language])[] = [
  [/^(?:python|pypy)[\d.]*$/, { short: "c", readsStdin: true }],
  [/^perl[\d.]*$/, { short: "eE", readsStdin: true }],
  [/^ruby[\d.]*$/, { short: "e", readsStdin: true }],
  [/^(?:node|nodejs|bun|deno)$/, { short: "ep", long: ["--eval", "--print", "eval"], readsStdin: true }],
  [/^php[\d.]*$/, { short: "rBRE", readsStdin: true }],
  [/^(?:lua|luajit)[\d.]*$/, { short: "e", readsStdin: true }],
  [/^(?:osascript|Rscript|julia|groovy|elixir|ocaml|tclsh|expect|gdb|ghci?)$/, { short: "ec", long: ["-ex"] }],
  [/^(?:vim?|nvim|ex|ed|emacs)$/, { short: "cSs", long: ["--cmd", "--eval", "--batch"] }],
];
const AWK_COMMANDS = /\bsystem\b|\bgetline\b|\||>|@load/;
/** `e` runs a command and `w` writes a file, as commands of their own or as flags of `s`. */
const SED_COMMANDS = /(?:^|[;{}\n!$\d/])\s*[ewW](?:\s|$|;|})|s(.)(?:(?!\1).)*\1(?:(?!\1).)*\1[gipIM\d]*[ew]/s;

/** Code in languages that are not analysed. */
export function otherLanguage(
  program: string,
  words: readonly ShellWord[],
  { stdin, upstream }: { readonly stdin: Stdin; readonly upstream: readonly string[] },
): readonly Inner[] {
  const operands = words.slice(1);
  if (/^[gmn]?awk$/.test(program))
    return operands.some(({ text }) => AWK_COMMANDS.test(text)) ? [foreign(program)] : [];
  if (program === "sed" || program === "gsed") {
    return operands.some(({ text }) => !text.startsWith("--") && SED_COMMANDS.test(text)) ? [foreign(program)] : [];
  }
  const language = LANGUAGES.find(([name]) => name.test(program))?.[1];
  if (language === undefined) return [];
  if (operands.some(({ text }) => carriesCode(text, language))) return [foreign(program)];
  const isScriptNamed = operands.some(({ text }) => !text.startsWith("-"));
  const isAnswered = operands.some(({ text }) => /^(?:--?[vV](?:ersion)?|--help|-h|-m|--test|--check)$/.test(text));
  if (isScriptNamed || isAnswered || language.readsStdin !== true) return [];
  return codeOfStdin(program, stdin, upstream).length === 0 ? [] : [foreign(program)];
}

function carriesCode(text: string, { short, long = [] }: Language): boolean {
  if (long.some((option) => text === option || text.startsWith(`${option}=`))) return true;
  if (!/^-[a-zA-Z]/.test(text)) return false;
  const cluster = /^-[a-zA-Z\d]+/.exec(text)?.[0] ?? "";
  return [...short].some((letter) => cluster.includes(letter));
}

function foreign(program: string): Inner {
  return { type: "opaque", reason: { type: "other_language", message: `${program} runs code in another language` } };
}
