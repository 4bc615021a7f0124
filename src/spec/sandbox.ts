import type { Files } from "./files.ts";

/**
 * The port to a place where commands run. It is asked for by name and never falls back to a weaker one; nothing it
 * started survives its disposal.
 */
export interface Sandbox extends AsyncDisposable {
  readonly mode: string;
  /** What confinement really applies. Shown to people and recorded with every result. */
  readonly isolation: Isolation;
  /**
   * The files that commands see, confined to the working directory and what else was declared: file tools use them, so
   * that a tool reads what a command wrote, under the same path. Left out: commands see the host's files as they are.
   */
  readonly files?: Files;
  /**
   * Runs a command: a string through a shell, an argv without one. A command that fails is a result; throws a
   * `SandboxError` when it could not be started, and `signal.reason` on abort after the whole process tree is dead.
   */
  exec(command: string | readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /**
   * Runs JavaScript, or Python, by itself: no files of the host, no network, no other programs. Code that fails is a
   * result; throws a `SandboxError` when it could not be started, code "package_missing" where the interpreter is not
   * installed, and `signal.reason` on abort. Left out: this place runs no code.
   */
  runCode?(code: string, options?: RunCodeOptions): Promise<RunCodeResult>;
}

/** What code is written in. */
export type CodeLanguage = "javascript" | "python";

/** How to run code. */
export interface RunCodeOptions {
  /** @default "javascript" */
  readonly language?: CodeLanguage;
  /** Milliseconds until it is ended, whatever it does; the start of the interpreter does not count. @default 10000 */
  readonly timeoutMs?: number;
  /** What the code may take besides its interpreter. @default 64, and 256 for Python */
  readonly memoryMb?: number;
  /** Bytes of what it prints and of its value, each, that are kept. @default 1 MiB */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

/** How code ended. */
export interface RunCodeResult {
  /** The value of the last expression as JSON, or as text where it is none; `undefined` where there is none. */
  readonly value: string | undefined;
  /** What `console`, or `print`, printed. */
  readonly output: string;
  /** What was thrown: name, message and where. */
  readonly error: string | undefined;
  readonly timedOut: boolean;
  readonly truncated: boolean;
  readonly isolation: Isolation;
}

/** What confinement holds, honestly. */
export interface Isolation {
  readonly mode: string;
  readonly filesystem: "unconfined" | "confined";
  readonly network: "unconfined" | "filtered" | "none";
  readonly environment: "inherited" | "scrubbed";
  /** Names of the limits that are enforced: "time", "output", "memory", "cpu", "processes", "file-size", "descriptors", "disk". */
  readonly limits: readonly string[];
  /** What holds it: "bubblewrap", "seatbelt", "runc", "runsc", "quickjs". Left out where nothing does. */
  readonly runtime?: string;
  /** What else is applied, by name: "no-capabilities", "no-new-privileges", "seccomp", "read-only-root", "non-root", "pid-namespace" … */
  readonly protections?: readonly string[];
}

/** How to run a command. */
export interface ExecOptions {
  /** Absolute path. @default the sandbox's working directory */
  readonly cwd?: string;
  /** Added to the sandbox's own scrubbed environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Milliseconds until the process tree is killed. */
  readonly timeoutMs?: number;
  /** Bytes of stdout and stderr together that are kept. @default 1 MiB */
  readonly maxOutputBytes?: number;
  /** Tightens the sandbox's limits for this command; it cannot loosen them. */
  readonly limits?: ExecLimits;
  readonly signal?: AbortSignal;
  /**
   * Called with output as it comes, whole UTF-8 characters only. Give a promise to set the pace: until it settles no more
   * output is read, and the command waits where it writes.
   */
  readonly onOutput?: (text: string, stream: "stdout" | "stderr") => unknown;
}

/** Limits of each process of one command. */
export interface ExecLimits {
  readonly memoryMb?: number;
  /** Seconds of processor time. */
  readonly cpuSeconds?: number;
  readonly processes?: number;
  readonly fileSizeMb?: number;
  /** Files, sockets and pipes that are open at a time. */
  readonly openFiles?: number;
}

/** How a command ended. */
export interface ExecResult {
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout and stderr in the order in which they came. */
  readonly output: string;
  readonly timedOut: boolean;
  readonly oomKilled: boolean;
  /** It was ended because it took more disk space than its sandbox permits. */
  readonly diskFull?: boolean;
  /** Output was cut at `maxOutputBytes`. */
  readonly truncated: boolean;
  readonly isolation: Isolation;
}
