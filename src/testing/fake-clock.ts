import type { Clock } from "../spec/index.ts";

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /** Moves time on and wakes the sleepers whose time has come, in order, also those that begin to sleep on the way. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Makes a clock for tests. It starts at 2026-01-01T00:00:00Z unless told otherwise. */
export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    monotonic: () => now - start,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        const sleeper: Sleeper = { at: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", stop, { once: true });
      }),
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        const [first] = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (first === undefined) break;
        now = Math.max(now, first.at);
        first.wake();
        // Whoever woke may go to sleep again before time moves on.
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = end;
    },
  };
}
