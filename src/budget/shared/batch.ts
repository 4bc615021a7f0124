import { describeError, HarnessError } from "../../errors/index.ts";
import type { SqliteFile } from "../../sqlite/index.ts";

/** Runs work in write transactions: what is asked for at the same time shares one, and so one wait for the disk. */
export type Batch = <Value>(work: () => Value) => Promise<Value>;

interface Work {
  /** Does the work inside the transaction, and gives what settles its promise once all of it is kept. */
  readonly run: () => () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Makes a batch. A throw of one work rejects that one alone: works check first and write last, so that nothing of it is
 * left. A transaction that fails rejects all of them.
 */
export function createBatch(file: SqliteFile, { durable }: { readonly durable: boolean }): Batch {
  let waiting: Work[] = [];
  let isFlushing = false;

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const works = waiting;
      waiting = [];
      try {
        const settle = await file.transact(() => works.map(({ run }) => run()), { durable });
        for (const each of settle) each();
      } catch (cause) {
        const message = `The budget ledger ${file.path} could not be written (${describeError(cause)}): nothing of it was held or settled; make room or rights`;
        for (const { fail } of works) fail(new HarnessError(message, { code: "budget_failed", cause }));
      }
    }
    isFlushing = false;
  };
  return async <Value>(work: () => Value): Promise<Value> => {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    waiting.push({ run: () => attempt(work, resolve, reject), fail: reject });
    if (!isFlushing) {
      isFlushing = true;
      // Whoever asks before the event loop turns comes along.
      queueMicrotask(() => void flush());
    }
    return await promise;
  };
}

function attempt<Value>(
  work: () => Value,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const value = work();
    return () => resolve(value);
  } catch (error) {
    // SQLite's own errors spoil the transaction for all; a refusal is only for who asked.
    if (error instanceof Error && "errcode" in error) throw error;
    return () => reject(error);
  }
}
