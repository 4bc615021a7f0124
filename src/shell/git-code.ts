import { deferred, type Inner } from "./inner.ts";
import { afterText, readOptions } from "./read-options.ts";
import { literalWord } from "./read-word.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { codeOf } from "./unwrap-wrapper.ts";
import { splitWords } from "./words.ts";

/** Settings whose value git runs, or that lead to more settings. */
const CODE_KEYS =
  /^(?:alias\.|core\.(?:pager|editor|sshcommand|fsmonitor|hookspath|askpass|gitproxy|attributesfile|alternaterefscommand)|pager\.|diff\..*(?:external|command|textconv)|diff\.external|filter\.|merge\..*driver|.*\.(?:uploadpack|receivepack|vcs)|remote\..*\.(?:vcs|uploadpack)|credential\.|gpg\.|sequence\.editor|.*tool\..*(?:cmd|path)|protocol\.|url\.|include|interactive\.diff|sendemail\.|browser\.|web\.browser|man\.|ssh\.|init\.templatedir|tar\..*command|uploadpack\.|trailer\..*(?:cmd|command)|submodule\..*update|maintenance\.)/i;
/** Options by subcommand whose value git runs. */
const CODE_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    archive: "--exec",
    clone: "-u --upload-pack",
    difftool: "-x --extcmd",
    fetch: "--upload-pack",
    "fetch-pack": "--exec --upload-pack",
    grep: "-O --open-files-in-pager",
    "ls-remote": "--exec --upload-pack",
    pull: "--upload-pack",
    push: "--receive-pack --exec",
    rebase: "-x --exec",
    "send-email": "--smtp-server --to-cmd --cc-cmd --sendmail-cmd",
    "send-pack": "--receive-pack --exec",
    "filter-branch": "--tree-filter --index-filter --msg-filter --env-filter --commit-filter --parent-filter",
    "web--browse": "-b --browser",
  }).map(([subcommand, options]) => [subcommand, splitWords(options)]),
);
/** Tools that git itself knows how to start; any other is a command in a configuration. */
const MERGE_TOOLS: ReadonlySet<string> = new Set(
  splitWords(`
    araxis bc bc3 bc4 codecompare deltawalker diffmerge diffuse ecmerge emerge examdiff guiffy gvimdiff gvimdiff1 gvimdiff2
    gvimdiff3 kdiff3 kompare meld nvimdiff nvimdiff1 nvimdiff2 nvimdiff3 opendiff p4merge smerge tkdiff tortoisemerge vimdiff
    vimdiff1 vimdiff2 vimdiff3 vscode winmerge xxdiff
  `),
);
/** Global options that take the next word as their value. */
const GLOBAL_WITH_VALUE = new Set([
  "-C",
  "-c",
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--super-prefix",
  "--config-env",
  "--attr-source",
]);

/** What git runs because of its arguments. `operands` begins behind `git`. */
export function gitCode(operands: readonly ShellWord[]): readonly Inner[] {
  const start = findSubcommand(operands);
  const globals = operands.slice(0, start);
  const [name, ...rest] = operands.slice(start);
  const inner: Inner[] = [...judgeGlobals(globals)];
  const transport = operands.find(({ text }) => /(?:^|=)(?:ext|fd)::/.test(text));
  if (transport !== undefined) inner.push(deferred(`git ${transport.text.slice(0, 80)}`));
  if (name === undefined) return inner;
  const options = CODE_OPTIONS.get(name.text);
  if (options !== undefined) {
    const { values } = readOptions([literalWord("git"), ...rest], options);
    inner.push(...values.map((code): Inner => ({ type: "code", code })));
  }
  return [...inner, ...judgeSubcommand(name.text, rest)];
}

function findSubcommand(operands: readonly ShellWord[]): number {
  let at = 0;
  while (operands[at]?.text.startsWith("-") === true) at += GLOBAL_WITH_VALUE.has(operands[at]?.text ?? "") ? 2 : 1;
  return at;
}

function judgeGlobals(globals: readonly ShellWord[]): readonly Inner[] {
  const inner: Inner[] = [];
  for (const [index, { text }] of globals.entries()) {
    const key = text === "-c" ? globals[index + 1] : attachedSetting(globals[index]);
    if (key !== undefined) inner.push(...judgeSetting(key));
    if (/^--(?:config-env|exec-path=)/.test(text)) inner.push(deferred(`git ${text}`));
  }
  return inner;
}

/** `-ckey=value`. */
function attachedSetting(word: ShellWord | undefined): ShellWord | undefined {
  return word !== undefined && /^-c./.test(word.text) ? afterText(word, 2) : undefined;
}

/** `key=value` or a key alone. A value that starts a command is read as one, so that a denial can name it. */
function judgeSetting(setting: ShellWord, value?: ShellWord): readonly Inner[] {
  if (setting.type === "literal" && !CODE_KEYS.test(setting.text)) return [];
  const text = value?.text ?? setting.text.slice(setting.text.indexOf("=") + 1);
  const code = literalWord(text.replace(/^!/, ""));
  return [deferred(`the setting ${setting.text.slice(0, 80)} of git`), { type: "code", code }];
}

function judgeSubcommand(name: string, rest: readonly ShellWord[]): readonly Inner[] {
  const [action] = rest;
  switch (name) {
    case "bisect":
      return action?.text === "run" ? [{ type: "command", words: rest.slice(1) }] : [];
    case "submodule": {
      const at = rest.findIndex(({ text }) => text === "foreach");
      const code = at < 0 ? [] : rest.slice(at + 1).filter(({ text }) => !text.startsWith("-"));
      return code.length === 0 ? [] : [{ type: "code", code: codeOf(code) }];
    }
    case "difftool":
    case "mergetool":
      return readOptions([literalWord("git"), ...rest], ["-t", "--tool"])
        .values.filter(({ type, text }) => type !== "literal" || !MERGE_TOOLS.has(text))
        .map(({ text }) => deferred(`git ${name} with ${text.slice(0, 80)}`));
    case "filter-branch":
      return [deferred("git filter-branch")];
    case "clone":
    case "init": {
      const words = [literalWord("git"), ...rest];
      const templates = readOptions(words, ["--template"]).values.map(({ text }) =>
        deferred(`hooks of ${text.slice(0, 80)}`),
      );
      return [...templates, ...readOptions(words, ["-c", "--config"]).values.flatMap((value) => judgeSetting(value))];
    }
    case "config": {
      const isRead = rest.some(({ text }) =>
        /^(?:get|list|unset|--get|--get-all|--get-regexp|--list|-l|--unset|--unset-all)$/.test(text),
      );
      const words = rest.filter(({ text }) => !text.startsWith("-") && text !== "set");
      const at = words.findIndex(({ text, type }) => type !== "literal" || /^[\w-]+\.\S+$/.test(text));
      const key = words[at];
      const value = words[at + 1];
      return isRead || key === undefined || value === undefined ? [] : judgeSetting(key, value);
    }
    default:
      return [];
  }
}
