import { runsCode } from "./code-options.ts";
import { deferredCode } from "./deferred-code.ts";
import { otherLanguage } from "./other-language.ts";
import type { Inner } from "./inner.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { parallelLines } from "./parallel-lines.ts";
import { unwrapRunner } from "./unwrap-runner.ts";
import { codeOfStdin, SHELLS, unwrapShell } from "./unwrap-shell.ts";
import { unwrapFind, unwrapWrapper } from "./unwrap-wrapper.ts";
import type { Place, Stdin } from "./walk.ts";
import { WRAPPERS, type Wrapper } from "./wrappers.ts";
import { splitWords } from "./words.ts";

/** The loader of programs, called by its own name. */
const LOADER: Wrapper = {
  long: splitWords("library-path inhibit-rpath audit argv0 preload glibc-hwcaps-prepend glibc-hwcaps-mask"),
  longFlags: splitWords("list verify inhibit-cache list-tunables list-diagnostics"),
};

/** What a command runs besides its own program. */
export function unwrapCommand(
  program: string,
  { words, stdin }: { readonly words: readonly ShellWord[]; readonly stdin: Stdin },
  { upstream, names }: Pick<Place, "upstream" | "names">,
): readonly Inner[] {
  if (SHELLS.has(program)) return unwrapShell(program, words, { stdin, upstream });
  const inner = [...runsCode(program, words), ...otherLanguage(program, words, { stdin, upstream })];
  const wrapper = WRAPPERS.get(program);
  if (wrapper !== undefined) {
    inner.push(...unwrapWrapper(wrapper, words, names));
    if (wrapper.readsCode === true && !inner.some(({ type }) => type === "command")) {
      inner.push(...codeOfStdin(program, stdin, upstream));
    }
  }
  if (program === "parallel") {
    const run = inner.find((one) => one.type === "command");
    // The last word stands for what each line adds.
    inner.push(...parallelLines(run?.words.slice(0, -1) ?? [], stdin));
  }
  inner.push(...unwrapRunner(program, words));
  if (program === "find") inner.push(...unwrapFind(words));
  if (program === "at" || program === "batch") inner.push(...codeOfStdin(program, stdin, upstream));
  if (/^ld(?:-linux|-musl)?\b.*\.so/.test(program)) inner.push(...unwrapWrapper(LOADER, words));
  if (inner.length === 0) inner.push(...deferredCode(program, words));
  return inner;
}
