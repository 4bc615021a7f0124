import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import type { Clock, Random } from "../spec/index.ts";

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, signal === undefined ? undefined : { signal });
    } catch (error) {
      // Node wraps the reason; whoever aborts gets it back unchanged.
      if (signal?.aborted === true) throw signal.reason;
      throw error;
    }
  },
};

/** The machine's own randomness. */
export const systemRandom: Random = { next: () => Math.random(), id: () => randomUUID() };
