import { describe, expect, it } from "vitest";

import { openPartReader } from "../../src/agent/part-reader.ts";
import type { ModelStreamPart, PartIterator } from "../../src/spec/index.ts";

const PING: ModelStreamPart = { type: "ping" };

function streamOf(iterator: PartIterator): AsyncIterable<ModelStreamPart> {
  return { [Symbol.asyncIterator]: () => iterator };
}

describe("openPartReader()", () => {
  it("closes a stream that is left early, once", async () => {
    let closed = 0;
    const iterator: PartIterator = {
      next: async () => ({ done: false, value: PING }),
      return: async () => {
        closed += 1;
        return { done: true, value: undefined };
      },
    };
    {
      await using reader = openPartReader(streamOf(iterator));
      expect(await reader.next()).toBe(PING);
    }
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
    {
      await using reader = openPartReader(streamOf(iterator));
      await reader.next().catch(() => {});
    }
    expect(closed).toBe(0);
  });

  it("has nothing ready of an iterator that cannot be emptied at once", () => {
    expect(openPartReader(streamOf({ next: async () => ({ done: false, value: PING }) })).ready()).toBeUndefined();
  });
});
