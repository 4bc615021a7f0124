/** Tells readers in this process that a session got new events. */
export interface Bell {
  ring(sessionId: string): void;
  ringAll(): void;
  /** Resolves at the next ring, or when `signal` is aborted. */
  listen(sessionId: string, signal: AbortSignal): Promise<void>;
  /** How many wait. */
  readonly size: number;
}

/** Makes a bell. Nobody listens most of the time: then a ring costs one look-up. */
export function createBell(): Bell {
  const waiting = new Map<string, Set<() => void>>();
  const ring = (sessionId: string): void => {
    if (waiting.size === 0) return;
    for (const wake of waiting.get(sessionId) ?? []) wake();
  };
  return {
    ring,
    ringAll() {
      for (const sessionId of Array.from(waiting.keys())) ring(sessionId);
    },
    listen(sessionId, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const wakes = waiting.get(sessionId) ?? new Set();
        const wake = (): void => {
          wakes.delete(wake);
          if (wakes.size === 0) waiting.delete(sessionId);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        wakes.add(wake);
        waiting.set(sessionId, wakes);
        signal.addEventListener("abort", wake, { once: true });
      });
    },
    get size() {
      return waiting.size;
    },
  };
}
