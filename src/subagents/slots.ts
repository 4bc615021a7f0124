import { raceSignal } from "../async/index.ts";

/** Places at a table with few of them: whoever comes late waits. */
export interface Slots {
  /** Waits for a place. Rejects with `signal.reason`. Disposal gives it free. */
  take(signal: AbortSignal): Promise<Disposable>;
}

/** Makes so many places. They are given in the order in which they were asked for. */
export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  const give = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };
  const place = (): Disposable => {
    let isFree = false;
    return {
      [Symbol.dispose]() {
        if (isFree) return;
        isFree = true;
        give();
      },
    };
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return place();
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const come = (): void => {
        waiting.delete(come);
        resolve();
      };
      waiting.add(come);
      try {
        await raceSignal(promise, signal);
      } catch (error) {
        // A place that was given in the same moment must not be lost.
        if (!waiting.delete(come)) give();
        throw error;
      }
      return place();
    },
  };
}
