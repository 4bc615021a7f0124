import type { OpaqueReason, ShellWord } from "./shell-analysis.ts";

/** Something that a command runs in turn. */
export type Inner =
  | { readonly type: "command"; readonly words: readonly ShellWord[] }
  /** What the words might be, where it is not known how the program reads its arguments. */
  | { readonly type: "guess"; readonly words: readonly ShellWord[] }
  | { readonly type: "code"; readonly code: ShellWord }
  /** `NAME=value` for the program that follows. */
  | { readonly type: "assignment"; readonly name: string; readonly value: ShellWord }
  /** The folder in which the program runs. */
  | { readonly type: "directory"; readonly directory: ShellWord }
  | { readonly type: "opaque"; readonly reason: OpaqueReason };

/** Something that runs what the text does not show. */
export function deferred(what: string): Inner {
  return { type: "opaque", reason: { type: "deferred_code", message: `${what} runs what the text does not show` } };
}
