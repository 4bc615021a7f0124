import { SandboxError } from "../errors/index.ts";

/** The commands of a sandbox that run, and the end of them all. */
export interface RunningCommands {
  /** Ends every command when the sandbox is closed. */
  readonly signal: AbortSignal;
  /** How many run now. */
  readonly count: number;
  /** Runs a command. Throws a `SandboxError` once the sandbox is closed. */
  run<Result>(start: () => Promise<Result>): Promise<Result>;
  /** Resolves when the last command has ended. */
  close(): Promise<void>;
}

/** Keeps track of commands, so that none outlives its sandbox. */
export function createRunningCommands(): RunningCommands {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  return {
    signal: closing.signal,
    get count() {
      return running.size;
    },
    async run(start) {
      if (closing.signal.aborted) throw new SandboxError("The sandbox is closed");
      const result = start();
      running.add(result);
      try {
        return await result;
      } finally {
        running.delete(result);
      }
    },
    async close() {
      closing.abort(new SandboxError("The sandbox was closed while the command ran"));
      await Promise.allSettled(running);
    },
  };
}
