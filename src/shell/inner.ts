import type { OpaqueReason, ShellWord } from "./shell-analysis.ts";

/** Something that a command runs in turn. */
export type Inner =
  | { readonly type: "command"; readonly words: readonly ShellWord[] }
  | { readonly type: "code"; readonly code: ShellWord }
  | { readonly type: "opaque"; readonly reason: OpaqueReason };
