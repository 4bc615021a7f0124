import { runsCode } from "./code-options.ts";
import { deferredCode } from "./deferred-code.ts";
import { otherLanguage } from "./other-language.ts";
import type { Inner } from "./inner.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { SHELLS, unwrapShell } from "./unwrap-shell.ts";
import { unwrapFind, unwrapWrapper } from "./unwrap-wrapper.ts";
import type { Stdin } from "./walk.ts";
import { WRAPPERS } from "./wrappers.ts";

/** What a command runs besides its own program. */
export function unwrapCommand(
  program: string,
  { words, stdin }: { readonly words: readonly ShellWord[]; readonly stdin: Stdin },
  upstream: readonly string[],
): readonly Inner[] {
  if (SHELLS.has(program)) return unwrapShell(program, words, { stdin, upstream });
  const inner = [...runsCode(program, words), ...otherLanguage(program, words, { stdin, upstream })];
  const wrapper = WRAPPERS.get(program);
  if (wrapper !== undefined) inner.push(...unwrapWrapper(wrapper, words));
  if (program === "find") inner.push(...unwrapFind(words));
  if (/^ld-linux.*\.so/.test(program)) inner.push({ type: "command", words: words.slice(1) });
  if (inner.length === 0) inner.push(...deferredCode(program, words));
  return inner;
}
