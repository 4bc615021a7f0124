import { literalWord } from "./read-word.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { isShortened } from "./is-shortened.ts";
import type { Inner } from "./inner.ts";
import { codeOf } from "./unwrap-wrapper.ts";

/** Options whose value a program runs as a command. */
const CODE_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["bind", ["-x"]],
  ["compgen", ["-C", "-F"]],
  ["complete", ["-C", "-F"]],
  ["git", ["--exec", "-x", "--upload-pack", "--receive-pack", "--open-files-in-pager", "--extcmd"]],
  ["man", ["-P", "--pager", "-H", "--html"]],
  ["mapfile", ["-C"]],
  ["readarray", ["-C"]],
  ["rg", ["--pre", "--hostname-bin"]],
  ["rsync", ["-e", "--rsh", "--rsync-path"]],
  ["sort", ["--compress-program"]],
  ["split", ["--filter"]],
  [
    "tar",
    [
      "--to-command",
      "--checkpoint-action",
      "-I",
      "--use-compress-program",
      "--rsh-command",
      "-F",
      "--info-script",
      "--new-volume-script",
    ],
  ],
  ["tcpdump", ["-z"]],
  ["zip", ["-TT", "--unzip-command"]],
]);
/** Builtins and programs that change what later commands mean. */
const REDEFINING: ReadonlyMap<string, readonly string[]> = new Map([
  ["enable", ["-f"]],
  ["hash", ["-p"]],
]);
const GIT_CODE_KEYS =
  /^(?:alias\.|core\.(?:pager|editor|sshcommand|fsmonitor|hookspath|askpass|gitproxy)|pager\.|diff\..*(?:external|command|textconv)|filter\.|merge\..*driver|.*\.(?:uploadpack|receivepack)|credential\.|gpg\.|sequence\.editor|.*tool\..*cmd|protocol\.ext|url\.|include)/i;

/** Code in the arguments of a program that is none of the shells. */
export function runsCode(program: string, words: readonly ShellWord[]): readonly Inner[] {
  const inner: Inner[] = [];
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
        .map((word) => ({ type: "code", code: afterEquals(word) }));
    case ".":
    case "source":
      return operands[0] === undefined || isOrdinaryFile(operands[0])
        ? []
        : [deferred(`${program} ${operands[0].text}`)];
    case "git":
      inner.push(...gitCode(operands));
      break;
    case "ssh":
      if (operands.some(({ text }) => /(?:proxycommand|localcommand|knownhostscommand)/i.test(text)))
        inner.push(deferred("an option of ssh"));
      break;
    default:
  }
  for (const [index, word] of operands.entries()) {
    const code = codeOption(CODE_OPTIONS.get(program) ?? [], word, operands[index + 1]);
    if (code !== undefined) inner.push({ type: "code", code });
    if ((REDEFINING.get(program) ?? []).includes(word.text)) inner.push(deferred(`${program} ${word.text}`));
  }
  return inner;
}

function codeOption(options: readonly string[], word: ShellWord, next: ShellWord | undefined): ShellWord | undefined {
  for (const option of options) {
    const isLong = option.startsWith("--");
    if (isLong ? word.text === option || isShortened(word.text, option) : word.text.startsWith(option)) {
      if (isLong && word.text.includes("=")) return cleanAction(afterEquals(word));
      return isLong || word.text === option ? next : afterText(word, option.length);
    }
  }
  return undefined;
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

function gitCode(operands: readonly ShellWord[]): readonly Inner[] {
  const inner: Inner[] = [];
  for (const [index, { text }] of operands.entries()) {
    const setting = text === "-c" || text === "--config-env" || text === "config" ? operands.slice(index + 1) : [];
    const key = setting.find((word) => !word.text.startsWith("-"));
    if (key !== undefined && (key.type !== "literal" || GIT_CODE_KEYS.test(key.text)))
      inner.push(deferred(`git ${text} ${key.text}`));
    if (/^(?:ext::|--config-env=)/.test(text)) inner.push(deferred(`git ${text}`));
  }
  const subcommand = operands.findIndex(({ text }) => !text.startsWith("-"));
  const [name, action] = operands.slice(subcommand);
  if (name?.text === "bisect" && action?.text === "run")
    inner.push({ type: "command", words: operands.slice(subcommand + 2) });
  if (name?.text === "submodule" && action?.text === "foreach") {
    const code = operands.slice(subcommand + 2).filter(({ text }) => !text.startsWith("-"));
    if (code.length > 0) inner.push({ type: "code", code: codeOf(code) });
  }
  if (name?.text === "filter-branch") inner.push(deferred("git filter-branch"));
  return inner;
}

function isOrdinaryFile({ type, text }: ShellWord): boolean {
  return type === "literal" && !/^\/(?:dev|proc)\//.test(text);
}

function afterEquals(word: ShellWord): ShellWord {
  return afterText(word, word.text.indexOf("=") + 1);
}

function afterText({ type, text, known }: ShellWord, length: number): ShellWord {
  return type === "literal"
    ? literalWord(text.slice(length))
    : { type, text: text.slice(length), known: known.slice(length) };
}

function deferred(what: string): Inner {
  return { type: "opaque", reason: { type: "deferred_code", message: `${what} runs what the text does not show` } };
}
