import type { ToolCallPart, ToolCallResult } from "../spec/index.ts";

/** Watches for an agent that turns in a circle. */
export interface StallWatch {
  /** Counts how often in a row a turn made the same calls with the same results; 1 = new. */
  note(calls: readonly ToolCallPart[], results: readonly ToolCallResult[]): number;
}

/** Makes a watch. Only the last turn is kept. */
export function createStallWatch(): StallWatch {
  let last = "";
  let repeats = 0;
  return {
    note(calls, results) {
      const seen = JSON.stringify([
        calls.map(({ name, args }) => [name, args ?? null]),
        results.map(({ content }) => content),
      ]);
      repeats = seen === last ? repeats + 1 : 1;
      last = seen;
      return repeats;
    },
  };
}
