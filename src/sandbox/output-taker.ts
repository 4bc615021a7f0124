import type { Readable } from "node:stream";

import { isPromise, type SignalScope } from "../async/index.ts";
import type { ExecOptions } from "../spec/index.ts";
import type { OutputStream } from "./output-buffer.ts";

/** Hands output to a reader at the reader's pace. */
export interface OutputTaker {
  take(text: string, stream: OutputStream): void;
  /** Whether the reader still works on what it was given. */
  readonly isBusy: boolean;
  /** Resolves when the reader is through with everything, or its command is being ended. */
  settled(): Promise<void>;
  /** Stops a stream for as long as the reader is busy: then its pipe fills, and the program that writes waits. */
  pace(stream: Readable): void;
}

/**
 * Makes what stands between a command and its reader. A reader that throws, or whose promise rejects, ends the command;
 * thrown any further it would end the host program.
 */
export function createOutputTaker(onOutput: ExecOptions["onOutput"], scope: SignalScope): OutputTaker {
  let pending = 0;
  let idle = Promise.withResolvers<void>();
  const wait = async (work: Promise<unknown>): Promise<void> => {
    if (pending === 0) idle = Promise.withResolvers();
    pending += 1;
    try {
      await work;
    } catch (error) {
      scope.abort(error);
    } finally {
      pending -= 1;
      if (pending === 0) idle.resolve();
    }
  };
  return {
    take(text, stream) {
      try {
        const work = onOutput?.(text, stream);
        if (isPromise(work)) void wait(Promise.resolve(work));
      } catch (error) {
        scope.abort(error);
      }
    },
    get isBusy() {
      // Nobody waits for the reader of a command that is being ended.
      return pending > 0 && !scope.signal.aborted;
    },
    async settled() {
      if (pending === 0 || scope.signal.aborted) return;
      const ended = new Promise<void>((resolve) =>
        scope.signal.addEventListener("abort", () => resolve(), { once: true }),
      );
      await Promise.race([idle.promise, ended]);
    },
    pace(stream) {
      if (pending === 0 || scope.signal.aborted || stream.isPaused()) return;
      stream.pause();
      void idle.promise.then(() => stream.resume());
      scope.signal.addEventListener("abort", () => stream.resume(), { once: true });
    },
  };
}
