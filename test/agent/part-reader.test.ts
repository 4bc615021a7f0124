import { describe, expect, it } from "vitest";

import { PartReader } from "../../src/agent/part-reader.ts";
import type { ModelStreamPart, PartIterator } from "../../src/spec/index.ts";

const PING: ModelStreamPart = { type: "ping" };

function streamOf(iterator: PartIterator): AsyncIterable<ModelStreamPart> {
  return { [Symbol.asyncIterator]: () => iterator };
}

describe("a PartReader", () => {
  it("closes a stream that is left early, once", async () => {
    let closed = 0;
    const iterator: PartIterator = {
      next: async () => ({ done: false, value: PING }),
      return: async () => {
        closed += 1;
        return { done: true, value: undefined };
      },
    };
    const reader = new PartReader(streamOf(iterator));
    expect(reader.take(await reader.ask())).toBe(PING);
    await reader.close();
    expect(closed).toBe(1);
  });

  it.each([
    ["ended", async () => ({ done: true, value: undefined }) as const],
    ["threw", async () => Promise.reject(new Error("broken"))],
  ])("does not close a stream that %s", async (_how, next) => {
    let closed = 0;
    const iterator: PartIterator = {
      next,
      return: async () => {
        closed += 1;
        return { done: true, value: undefined };
      },
    };
    const reader = new PartReader(streamOf(iterator));
    await reader.ask().then(
      (step) => reader.take(step),
      () => {},
    );
    await reader.close();
    expect(closed).toBe(0);
  });

  it("has nothing ready of an iterator that cannot be emptied at once", () => {
    expect(new PartReader(streamOf({ next: async () => ({ done: false, value: PING }) })).ready()).toBeUndefined();
  });
});
