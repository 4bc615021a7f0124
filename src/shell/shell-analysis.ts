/**
 * A word of a command after quotes were taken away. `literal`: known as it stands. `glob`: becomes the names of files
 * that match. `dynamic`: known only when it runs (`$x`, `$(…)`, `{a,b}`).
 */
export interface ShellWord {
  readonly type: "literal" | "glob" | "dynamic";
  /** The value of a literal; otherwise the source text without its quotes. */
  readonly text: string;
  /** What the word certainly begins with; all of a literal. */
  readonly known: string;
  /** Begins with a `~` that is not quoted: the shell puts the home folder there. */
  readonly isHome?: boolean;
  /** All that a dynamic word can become, where that is known: `{a,b}`, a variable of `for`. */
  readonly values?: readonly ShellWord[];
}

/** One way to write a command: a denial counts when it matches any of them. */
export interface CommandSpelling {
  readonly text: string;
  /** What the text certainly begins with: equal to `text` when nothing depends on run time. */
  readonly known: string;
}

/** A file that a command writes, creates or removes. */
export interface ShellWrite {
  readonly target: ShellWord;
  /** Through `>` and its like, or because the program does so with its argument (`tee`, `cp`, `dd of=`). */
  readonly by: "redirection" | "argument";
}

/** One simple command that the text would run, wherever it stands: in a loop, a substitution, behind `sudo` … */
export interface ShellCommand {
  /** The program's name without folders; `undefined` when it is known only at run time or there is none. */
  readonly program: string | undefined;
  /** Program and arguments; assignments and redirections are not among them. */
  readonly words: readonly ShellWord[];
  /** Names of the variables that are set for this command, or by it when it has no program. */
  readonly assignments: readonly string[];
  /** As written, without quotes, one space between words, assignments in front: what an allowance must cover. */
  readonly text: string;
  /** Whether every word is known before it runs. */
  readonly isLiteral: boolean;
  readonly spellings: readonly CommandSpelling[];
  /** The programs that run this one: `["sudo", "xargs"]`. */
  readonly wrappers: readonly string[];
  readonly writes: readonly ShellWrite[];
  /** Files that it reads through `<` or because the program does so with its arguments (`cat`, `cp` …). */
  readonly reads: readonly ShellWord[];
  /** Reads a file through `<`. */
  readonly readsFile: boolean;
  /** Texts of commands that its arguments may be, where it is not known what the program does with them. */
  readonly guesses: readonly string[];
  /** Programs that write into its standard input through pipes. */
  readonly upstream: readonly string[];
  /** The function that it is part of. */
  readonly inFunction: string | undefined;
}

/** Why something cannot be known before it runs. */
export type OpaqueType =
  | "too_long"
  | "syntax"
  | "nesting"
  | "dynamic_program"
  | "dynamic_code"
  | "deferred_code"
  | "other_language"
  | "environment"
  | "unknown_option"
  | "network";

/** Something in a command that could do anything, as far as the text tells. */
export interface OpaqueReason {
  readonly type: OpaqueType;
  /** For people. */
  readonly message: string;
}

/** What is known of a shell command before it runs. */
export interface ShellAnalysis {
  /** The command as it came, without spaces around it. */
  readonly source: string;
  readonly commands: readonly ShellCommand[];
  /** Empty when everything that the text runs is among `commands`. */
  readonly opaque: readonly OpaqueReason[];
  /** Where `cd` and `pushd` go, in the order of the text. */
  readonly directories: readonly ShellWord[];
}
