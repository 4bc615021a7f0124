import type { ShellWord } from "./shell-analysis.ts";

/** What a path means to a program that goes into these folders first, one after the other. */
export function inFolder(folders: readonly ShellWord[], target: ShellWord): ShellWord {
  return folders.reduceRight((inner, folder) => {
    if (/^[/~]/.test(inner.text)) return inner;
    const type = folder.type === "literal" ? inner.type : "dynamic";
    const text = `${folder.text.replace(/\/$/, "")}/${inner.text}`;
    return { type, text, known: type === "literal" ? text : "" };
  }, target);
}
