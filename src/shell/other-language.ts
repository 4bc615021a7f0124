import { harmlessCode, type Dialect } from "./harmless-code.ts";
import type { Inner } from "./inner.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { codeOfStdin } from "./unwrap-shell.ts";
import type { Stdin } from "./walk.ts";

interface Language {
  /** Letters of short options that carry code, also in a cluster. */
  readonly short: string;
  readonly long?: readonly string[];
  /** Runs its standard input when no script is named. */
  readonly readsStdin?: boolean;
  /** What stands behind the script belongs to the script. */
  readonly scriptEnds?: boolean;
  /** Whose one-line programs are known well enough to tell harmless ones. */
  readonly dialect?: Dialect;
}

const PYTHON: Language = { short: "c", readsStdin: true, scriptEnds: true, dialect: "python" };
const JAVASCRIPT: Language = {
  short: "ep",
  long: ["--eval", "--print", "eval"],
  readsStdin: true,
  scriptEnds: true,
  dialect: "javascript",
};

const LANGUAGES: readonly (readonly [RegExp, Language])[] = [
  [/^(?:python|pypy|ipython)[\d.]*$/, PYTHON],
  [/^perl[\d.]*$/, { short: "eEx", readsStdin: true, scriptEnds: true, dialect: "perl" }],
  [/^ruby[\d.]*$/, { short: "e", readsStdin: true, scriptEnds: true }],
  [/^(?:node|nodejs|bun|deno|tsx|ts-node)$/, JAVASCRIPT],
  [/^php[\d.]*$/, { short: "rBRE", readsStdin: true, scriptEnds: true }],
  [/^(?:lua|luajit)[\d.]*$/, { short: "e", readsStdin: true }],
  [/^(?:irb|pry|tclsh|wish|ghci|jshell|iex|utop|jython|scheme)[\d.]*$/, { short: "e", readsStdin: true }],
  [
    /^(?:osascript|Rscript|R|julia|groovy|elixir|ocaml|expect|ghc|runghc|scala|guile|clojure|clj|erl|sbcl|clisp|racket)$/,
    { short: "ecr", long: ["-ex", "-eval", "--eval", "-iex"] },
  ],
  [/^gdb$/, { short: "", long: ["-ex", "-iex", "--ex", "-eval-command", "--eval-command"] }],
  [/^(?:vim?|nvim|ex|view|emacs)$/, { short: "cSs", long: ["--cmd", "--eval", "--batch", "-es"] }],
  [/^(?:nu|xonsh|elvish|rc|es|oil|osh|ion|murex)$/, { short: "c", readsStdin: true }],
];
/** A pipe or a file behind `print`; comparisons with numbers are usual. */
const AWK_COMMANDS = /\bsystem\b|\bgetline\b|@|\bprintf?\b[^]*(?:>\s*["($A-Za-z_/]|[^|]\|(?:&|\s*["$(A-Za-z_]))/;
/** `e` runs a command and `w` writes a file, as commands of their own or as flags of `s`. */
const SED_COMMANDS = /(?:^|[;{}\n!$\d/])\s*[ewW](?:\s|$|;|})|s(.)(?:(?!\1).)*\1(?:(?!\1).)*\1[gipIM\d]*[ew]/s;
/** Modules of Python that run the code in their arguments. */
const RUNNING_MODULES = /^(?:timeit|pdb|cProfile|profile|trace|code|IPython|pty)$/;
/** Programs that run a line of their standard input that begins with `!`, `\!`, `.` or `system`. */
const ESCAPING =
  /^(?:ed|ex|vi|vim|ftp|sftp|lftp|telnet|mail|mailx|mutt|dc|bc|gnuplot|sqlite3|psql|mysql|mariadb|mongo|redis-cli|gdb|lldb|m4|make|gmake|cmake)$/;
const ESCAPES = /!|^\s*\.(?:sh|sys)|\bsystem\b|\bexec|\bshell\b|syscmd|PROGRAM|^\s*pipe\b/im;

/** Code in languages that are not analysed. */
export function otherLanguage(
  program: string,
  words: readonly ShellWord[],
  { stdin, upstream }: { readonly stdin: Stdin; readonly upstream: readonly string[] },
): readonly Inner[] {
  const operands = words.slice(1);
  if (/^[gmn]?awk$/.test(program))
    return judgeProgramText(program, operands, /^(?:-f|-i|-e|--file|--source)/, AWK_COMMANDS);
  if (program === "sed" || program === "gsed") {
    return judgeProgramText(program, operands, /^(?:-[nErsuz]*f|--file)/, SED_COMMANDS);
  }
  if (ESCAPING.test(program) && stdin?.type === "text" && ESCAPES.test(stdin.text)) return [foreign(program)];
  const language = LANGUAGES.find(([name]) => name.test(program))?.[1];
  if (language === undefined) return [];
  return judgeInterpreter(program, language, operands, { stdin, upstream });
}

/** The program text of `awk` and `sed`: in an operand, or in a file. */
function judgeProgramText(
  program: string,
  operands: readonly ShellWord[],
  file: RegExp,
  commands: RegExp,
): readonly Inner[] {
  const fileAt = operands.findIndex(({ text }) => file.test(text));
  if (fileAt >= 0 && !/^-e|^--source/.test(operands[fileAt]?.text ?? "")) {
    const source = operands.slice(fileAt, fileAt + 2);
    if (source.some(({ type, text }) => type === "dynamic" || /\/dev\/|\/proc\/|^-$/.test(text)))
      return [foreign(program)];
  }
  const first = operands.find(({ text }) => !text.startsWith("-"));
  // A program put together at run time can be any; a number or a name in it is usual.
  if (fileAt < 0 && first?.type === "dynamic" && (first.known === "" || first.known.includes("{")))
    return [foreign(program)];
  const isCode = operands.some(({ text }) =>
    commands.test(text.replace(/^--(?:expression|expr\w*|source)=|^-[nErsuz]*e(?=.)/, "")),
  );
  return isCode ? [foreign(program)] : [];
}

function judgeInterpreter(
  program: string,
  language: Language,
  operands: readonly ShellWord[],
  { stdin, upstream }: { readonly stdin: Stdin; readonly upstream: readonly string[] },
): readonly Inner[] {
  const script = operands.findIndex(
    ({ text }, at) => !/^[-+]/.test(text) && !/^-[WX]$/.test(operands[at - 1]?.text ?? ""),
  );
  const moduleAt = operands.findIndex(({ text }) => text === "-m");
  const carriers = operands.filter(({ text }) => carriesCode(text, language));
  const [carrier] = carriers;
  const codeAt = carrier === undefined ? -1 : operands.indexOf(carrier);
  // What stands behind a module of Python or behind a script is an argument of that.
  const isPython = language === PYTHON;
  const isScriptFirst = isPython ? script >= 0 && script < codeAt : script === 0 && codeAt > 0;
  const isArgument =
    language.scriptEnds === true && (isScriptFirst || (isPython && moduleAt >= 0 && moduleAt < codeAt));
  if (carrier !== undefined && !isArgument) {
    return isHarmless(language, carriers, operands[codeAt + 1]) ? [] : [foreign(program)];
  }
  if (RUNNING_MODULES.test(operands[moduleAt + 1]?.text ?? "") && moduleAt >= 0) return [foreign(program)];
  if (operands.some(({ text }) => /^\+./.test(text)) && /vim?$|^ex$|^view$|emacs/.test(program))
    return [foreign(program)];
  if (operands.some(({ type, text }) => /^data:|^https?:/.test(text) || (type === "dynamic" && /^[<>]\(/.test(text)))) {
    return [foreign(program)];
  }
  const named = operands[script];
  if (named !== undefined && /^\/(?:dev|proc)\//.test(named.text)) return [foreign(program)];
  const isAnswered = operands.some(({ text }) => /^(?:--?[vV](?:ersion)?|--help|-h|-m|--test|--check)$/.test(text));
  if (named !== undefined || isAnswered || language.readsStdin !== true) return [];
  if (stdin?.type === "text" && language.dialect !== undefined && harmlessCode(stdin.text, language.dialect)) return [];
  return codeOfStdin(program, stdin, upstream).length === 0 ? [] : [foreign(program)];
}

/** One option that carries code, with nothing attached, and code that does nothing but compute. */
function isHarmless(
  { short, long = [], dialect }: Language,
  carriers: readonly ShellWord[],
  code: ShellWord | undefined,
): boolean {
  const text = carriers[0]?.text ?? "";
  const isExact =
    long.includes(text) ||
    (/^-[a-zA-Z]+$/.test(text) &&
      !text
        .slice(1, -1)
        .split("")
        .some((letter) => short.includes(letter)));
  if (dialect === undefined || code?.type !== "literal" || carriers.length !== 1 || !isExact) return false;
  return harmlessCode(code.text, dialect);
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
