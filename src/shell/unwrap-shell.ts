import { literalWord } from "./read-word.ts";
import type { ShellWord } from "./shell-analysis.ts";
import type { Inner } from "./inner.ts";
import type { Stdin } from "./walk.ts";

/** Programs that read shell code. */
export const SHELLS: ReadonlySet<string> = new Set([
  "sh",
  "bash",
  "dash",
  "ash",
  "ksh",
  "mksh",
  "rbash",
  "zsh",
  "fish",
  "csh",
  "tcsh",
  "pwsh",
]);
/** Shells whose language is not bash's. */
const FOREIGN = new Set(["fish", "csh", "tcsh", "pwsh", "zsh"]);
const WITH_VALUE = new Set(["-o", "+o", "-O", "+O", "--rcfile", "--init-file"]);

/** Where a shell's code comes from: `-c`, its standard input, or a script, which is judged like any other program. */
export function unwrapShell(
  program: string,
  words: readonly ShellWord[],
  { stdin, upstream }: { readonly stdin: Stdin; readonly upstream: readonly string[] },
): readonly Inner[] {
  const inner: Inner[] = FOREIGN.has(program) ? [opaque(`${program} reads another language`)] : [];
  let at = 1;
  let hasCode = false;
  for (; at < words.length; at++) {
    const { type, text } = words[at] ?? literalWord("");
    if (type !== "literal" && hasCode) break;
    if (type !== "literal") return [...inner, opaque(`what ${program} runs is known only when it runs`)];
    if (text === "--" || text === "-") break;
    if (!/^[-+]/.test(text)) break;
    // `-euo pipefail`: the last letter of a cluster may take a value.
    if (WITH_VALUE.has(text) || /^[-+][a-zA-Z]+[oO]$/.test(text)) {
      at++;
      if (words[at]?.type === "dynamic")
        inner.push(opaque(`which file ${program} starts with shows only when it runs`));
    }
    if (/^-[a-zA-Z]*c/.test(text)) hasCode = true;
    else if (/^-[a-zA-Z]*s/.test(text)) return [...inner, ...codeOfStdin(program, stdin, upstream)];
  }
  const operand = words[at]?.text === "--" || words[at]?.text === "-" ? words[at + 1] : words[at];
  if (hasCode) return operand === undefined ? inner : [...inner, { type: "code", code: operand }];
  if (operand === undefined) return [...inner, ...codeOfStdin(program, stdin, upstream)];
  return /^\/(?:dev|proc)\//.test(operand.text) ? [...inner, ...codeOfStdin(program, stdin, upstream)] : inner;
}

/** What a shell reads from its standard input. */
export function codeOfStdin(program: string, stdin: Stdin, upstream: readonly string[]): readonly Inner[] {
  if (stdin?.type === "text") return [{ type: "code", code: literalWord(stdin.text) }];
  if (stdin?.type === "file") return [];
  const source = upstream.length > 0 ? `the output of ${upstream.join(", ")}` : "its standard input";
  return [opaque(`${program} runs ${source}`)];
}

function opaque(message: string): Inner {
  return { type: "opaque", reason: { type: "dynamic_code", message } };
}
