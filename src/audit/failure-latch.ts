import { describeError, HarnessError } from "../errors/index.ts";

/** Remembers the first failure of a log: from then on nobody can tell what of it is on the disk. */
export interface FailureLatch {
  readonly failure: HarnessError | undefined;
  /** Throws the failure, where there is one. */
  check(): void;
  /** Remembers a failure, and returns the first one. */
  fail(error: unknown): HarnessError;
  /** The typed error of work that failed and left the log as it was. */
  explain(error: unknown): HarnessError;
  /** Does work after which, when it fails, nothing more may be written. */
  write(work: () => void): void;
  /** The same for work that takes time. */
  guard(work: Promise<unknown>): Promise<void>;
}

/** Makes a latch for the log in a directory. What is thrown has code "audit_failed" where it had none. */
export function createFailureLatch(dir: string): FailureLatch {
  let failure: HarnessError | undefined;

  const explain = (error: unknown): HarnessError => {
    if (HarnessError.isInstance(error)) return error;
    const message = `The audit log in ${dir} cannot be written: ${describeError(error)}`;
    return new HarnessError(message, { code: "audit_failed", cause: error });
  };
  const fail = (error: unknown): HarnessError => (failure ??= explain(error));

  return {
    get failure() {
      return failure;
    },
    check() {
      if (failure !== undefined) throw failure;
    },
    fail,
    explain,
    write(work) {
      try {
        work();
      } catch (error) {
        throw fail(error);
      }
    },
    async guard(work) {
      try {
        await work;
      } catch (error) {
        throw fail(error);
      }
    },
  };
}
