import { deferred, type Inner } from "./inner.ts";
import type { ShellWord } from "./shell-analysis.ts";
import type { Stdin } from "./walk.ts";

/**
 * What `parallel` runs where it is given no command: the lines of a file, or its arguments, are the commands.
 * `template`: what stands where a command would; empty when nothing does.
 */
export function parallelLines(template: readonly ShellWord[], stdin: Stdin): readonly Inner[] {
  const [first, ...rest] = template;
  // Other inputs are judged like those of a shell.
  if (first === undefined)
    return stdin?.type === "file" ? [deferred("parallel, which takes commands from a file,")] : [];
  if (!first.text.startsWith(":::")) return [];
  const isPlain = /^:::\+?$/.test(first.text) && !rest.some(({ text }) => text.startsWith(":::"));
  // Of several lists the commands are put together, of files they are read.
  if (!isPlain) return [deferred("parallel, which puts commands together,"), ...linesOf(rest)];
  return linesOf(rest);
}

function linesOf(words: readonly ShellWord[]): readonly Inner[] {
  return words.filter(({ text }) => !text.startsWith(":::")).map((code) => ({ type: "code", code }));
}
