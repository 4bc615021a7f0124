import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import type { Clock, Random } from "../spec/index.ts";
import { LONGEST_MS } from "./timer.ts";

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      for (let left = Math.max(0, ms); left >= 0; left -= LONGEST_MS) {
        await sleep(Math.min(left, LONGEST_MS), undefined, signal === undefined ? undefined : { signal });
      }
    } catch (error) {
      // Node wraps the reason; whoever aborts gets it back unchanged.
      if (signal?.aborted === true) throw signal.reason;
      throw error;
    }
  },
};

/** The machine's own randomness. */
export const systemRandom: Random = { next: () => Math.random(), id: newId };

const idBytes = Buffer.alloc(36);

/** A version 4 UUID in one piece. The engine's own is a tree of twenty, ten times as large, and a run keeps its ids. */
function newId(): string {
  idBytes.write(randomUUID(), "latin1");
  return idBytes.toString("latin1");
}
