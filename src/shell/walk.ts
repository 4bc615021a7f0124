import type { OpaqueReason, ShellCommand, ShellWord, ShellWrite } from "./shell-analysis.ts";

/** What a walk has found so far. */
export interface Walk {
  /** The whole text. */
  readonly source: string;
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
  /** The names that come in through the pipe, where the program before tells: `find`. */
  readonly names: ShellWord | undefined;
  readonly inFunction: string | undefined;
  /** What the variables of the loops around can be, where that is known. */
  readonly variables: ReadonlyMap<string, readonly ShellWord[]>;
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
