import type { Clock } from "../spec/index.ts";

/** What a router knows of how soon models begin to answer. */
export interface Latency {
  /** Milliseconds to the first token, as they are expected now; 0 for a model that was never measured. */
  expect(name: string): number;
  /** A call got its first token after so long, or failed after so long. */
  note(name: string, ms: number): void;
}

interface Measured {
  readonly ms: number;
  readonly at: number;
}

/** How much the newest measurement counts. */
const WEIGHT = 0.3;
/** What was measured long ago counts less and less: a model that was slow once is tried again. */
const HALF_LIFE_MS = 600_000;

/** Starts with nothing measured. */
export function createLatency(clock: Pick<Clock, "monotonic">): Latency {
  const measured = new Map<string, Measured>();
  return {
    expect(name) {
      const known = measured.get(name);
      return known === undefined ? 0 : known.ms * 0.5 ** ((clock.monotonic() - known.at) / HALF_LIFE_MS);
    },
    note(name, ms) {
      const before = measured.get(name)?.ms ?? ms;
      measured.set(name, { ms: before * (1 - WEIGHT) + ms * WEIGHT, at: clock.monotonic() });
    },
  };
}
