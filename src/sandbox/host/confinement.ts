import type { Isolation } from "../../spec/index.ts";

/** What is put around commands on the host. */
export interface Confinement extends AsyncDisposable {
  /** What it applies; limits are counted by the sandbox itself. */
  readonly isolation: Omit<Isolation, "limits" | "mode" | "environment">;
  /** Empties what commands could write besides the workspace. */
  reset(): Promise<void>;
  /** Puts a program into it. Dispose what it gives when the program has ended or was not started. */
  wrap(argv: readonly string[], place: WrapPlace): Promise<WrappedCommand>;
}

/** Where a program is to run. */
export interface WrapPlace {
  readonly cwd: string;
  readonly signal: AbortSignal | undefined;
}

/** A program with its confinement. */
export interface WrappedCommand extends Disposable {
  readonly argv: readonly string[];
}

/** Nothing around commands. */
export const UNCONFINED: Confinement = {
  isolation: { filesystem: "unconfined", network: "unconfined" },
  wrap: (argv) => Promise.resolve({ argv, [Symbol.dispose]() {} }),
  async reset() {},
  async [Symbol.asyncDispose]() {},
};
