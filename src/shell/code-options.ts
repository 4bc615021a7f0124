import { judgeName } from "./assignments.ts";
import { deferred, type Inner } from "./inner.ts";
import { gitCode } from "./git-code.ts";
import { afterText, readOptions } from "./read-options.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { assignmentOf, codeOf } from "./unwrap-wrapper.ts";
import { splitWords } from "./words.ts";

/** Options whose value a program runs as a command. */
const CODE_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    bind: "-x",
    cargo: "--runner",
    compgen: "-C -F",
    complete: "-C -F",
    ctags: "--sort-cmd",
    fzf: "--preview --with-shell",
    go: "-exec -toolexec -vettool",
    install: "--strip-program",
    less: "--lessopen",
    man: "-P --pager --html",
    mapfile: "-C",
    nano: "-s --speller",
    nc: "-e -c --exec --sh-exec",
    ncat: "-e -c --exec --sh-exec",
    npm: "--script-shell",
    openssl: "-engine",
    pnpm: "--script-shell --shell-emulator",
    readarray: "-C",
    rg: "--pre --hostname-bin",
    rsync: "-e --rsh --rsync-path",
    scp: "-S",
    sftp: "-S",
    sort: "--compress-program",
    split: "--filter",
    tar: "--to-command --checkpoint-action -I --use-compress-program --rsh-command -F --info-script --new-volume-script",
    tcpdump: "-z",
    unshare: "--mount-binary",
    vim: "--cmd",
    wget: "--use-askpass",
    zip: "-TT --unzip-command",
  }).map(([program, options]) => [program, splitWords(options)]),
);
/** Words in the arguments with which a program runs what the text does not show. */
const CODE_WORDS: ReadonlyMap<string, RegExp> = new Map([
  ["ansible", /^(?:shell|command|raw|script)$/],
  ["cargo", /(?:runner|rustc-wrapper|linker|rustc)\s*=/],
  ["cc", /^-wrapper|^-fplugin/],
  ["clang", /^-fplugin|^-load/],
  ["cmake", /^-P$|^\/dev\/|^-DCMAKE_\w+_LAUNCHER/],
  ["dc", /!/],
  ["enable", /^-f/],
  ["fc", /^-/],
  ["fzf", /^--(?:bind|preview)|execute\(/],
  ["g++", /^-wrapper|^-fplugin/],
  ["gcc", /^-wrapper|^-fplugin/],
  ["gh", /^!/],
  ["hash", /^-p/],
  ["less", /^\+/],
  ["lldb", /^-[oOsk]$|^--(?:one-line|source)/],
  ["m4", /syscmd/],
  ["make", /^--e(?:v|va|val)(?:=|$)|^-E|^SHELL=|^\/dev\/|^-$|^-\w*f-$|^<\(|\$\(shell/],
  ["gmake", /^--e(?:v|va|val)(?:=|$)|^-E|^SHELL=|^\/dev\/|^-$|^-\w*f-$|^<\(|\$\(shell/],
  ["mysql", /\\!|^system\s|;\s*system\s/],
  ["npm", /^script-shell|^scripts\.|^--script-shell/],
  ["psql", /\\!|\bPROGRAM\b|\\o\s*\|/i],
  ["scp", /(?:proxycommand|localcommand|knownhostscommand)/i],
  ["sftp", /(?:proxycommand|localcommand|knownhostscommand)/i],
  ["shopt", /^dotglob$/],
  ["socat", /^(?:EXEC|SYSTEM|SHELL)/i],
  ["sqlite3", /^\.(?:shell|system|sh\b)|\bload_extension\b|\bedit\(/],
  ["ssh", /(?:proxycommand|localcommand|knownhostscommand|permitlocalcommand)|^-F/i],
  ["yarn", /^yarnPath/],
]);

/** Code in the arguments of a program that is none of the shells. */
export function runsCode(program: string, words: readonly ShellWord[]): readonly Inner[] {
  const operands = words.slice(1);
  switch (program) {
    case "eval":
      return operands.length === 0
        ? []
        : [{ type: "code", code: codeOf(operands.filter(({ text }) => text !== "--")) }];
    case "trap":
      return trapped(operands);
    case "alias":
      return operands
        .filter(({ text }) => text.includes("="))
        .map((word) => ({ type: "code", code: afterText(word, word.text.indexOf("=") + 1) }));
    case "history":
      return operands.length > 1 && /^-[sp]/.test(operands[0]?.text ?? "")
        ? [{ type: "code", code: codeOf(operands.slice(1)) }]
        : [];
    case "crontab":
      return operands.every(({ text }) => /^-[lu]$/.test(text)) && operands.length > 0 ? [] : [deferred("crontab")];
    case ".":
    case "source":
      return operands[0] === undefined || isOrdinaryFile(operands[0])
        ? []
        : [deferred(`${program} ${operands[0].text}`)];
    case "mapfile":
    case "read":
    case "readarray":
      return [...namesOf(operands), ...optionCode(program, words)];
    case "printf":
      return operands[0]?.text === "-v" ? namesOf(operands.slice(1, 2)) : [];
    case "declare":
    case "export":
    case "local":
    case "readonly":
    case "typeset":
    case "make":
    case "gmake":
      return [
        ...operands.filter(({ text }) => /^[\w[\]]+\+?=/.test(text)).map(assignmentOf),
        ...(program.endsWith("make") ? [] : namesOf(operands)),
        ...optionCode(program, words),
      ];
    case "git":
      return gitCode(operands);
    default:
      return optionCode(program, words);
  }
}

/** Names of variables among the operands, which get a value that is not in the text. */
function namesOf(operands: readonly ShellWord[]): readonly Inner[] {
  return operands.flatMap(({ text }) => (/^\w+$/.test(text) ? judgeName(text) : []));
}

function optionCode(program: string, words: readonly ShellWord[]): readonly Inner[] {
  const inner: Inner[] = [];
  const options = CODE_OPTIONS.get(program);
  if (options !== undefined) {
    for (const value of readOptions(words, options).values) inner.push({ type: "code", code: cleanAction(value) });
  }
  const suspicious = CODE_WORDS.get(program);
  if (suspicious === undefined) return inner;
  const found = words.slice(1).find(({ text }) => suspicious.test(text));
  if (found !== undefined && inner.length === 0) inner.push(deferred(`${program} ${found.text.slice(0, 80)}`));
  return inner;
}

/** `tar --checkpoint-action=exec=command`. */
function cleanAction(word: ShellWord): ShellWord {
  return word.text.startsWith("exec=") ? afterText(word, "exec=".length) : word;
}

function trapped(operands: readonly ShellWord[]): readonly Inner[] {
  const [code] = operands.filter(({ text }) => text !== "--");
  return code === undefined || operands.length < 2 || code.text === "-" || /^-[lp]$/.test(code.text)
    ? []
    : [{ type: "code", code }];
}

function isOrdinaryFile({ type, text }: ShellWord): boolean {
  return type === "literal" && !/^\/(?:dev|proc)\//.test(text);
}
