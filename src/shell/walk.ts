import type { OpaqueReason, ShellCommand, ShellWord, ShellWrite } from "./shell-analysis.ts";

/** What a walk has found so far. */
export interface Walk {
  readonly commands: ShellCommand[];
  readonly opaque: OpaqueReason[];
  readonly directories: ShellWord[];
  /** Code in arguments that is still to be read. */
  readonly pending: { readonly code: string; readonly place: Place }[];
}

/** Where a walk is. */
export interface Place {
  /** How many texts of code lie around this one. */
  readonly depth: number;
  readonly wrappers: readonly string[];
  readonly upstream: readonly string[];
  readonly inFunction: string | undefined;
}

/** What a command reads: `text` from a here-document or here-string, `file` through `<`. */
export type Stdin =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "dynamic" }
  | { readonly type: "file" }
  | undefined;

/** Everything that redirections say about a command. */
export interface Redirects {
  readonly writes: readonly ShellWrite[];
  readonly reads: readonly ShellWord[];
  readonly readsFile: boolean;
  readonly stdin: Stdin;
}
