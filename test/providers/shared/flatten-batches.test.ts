import { describe, expect, it } from "vitest";

import { flattenBatches, type BatchSource } from "../../../src/providers/shared/flatten-batches.ts";

function sourceOf<Element>(batches: AsyncGenerator<readonly Element[], void>): BatchSource<Element> {
  return {
    next: async () => (await batches.next()).value ?? undefined,
    close: () => void batches.return(),
  };
}

describe("flattenBatches()", () => {
  it("throws where the batches throw, after what came before, and is over then", async () => {
    const reason = new Error("broken");
    const flat = flattenBatches(
      sourceOf(
        (async function* () {
          yield [1, 2];
          throw reason;
        })(),
      ),
    );
    const seen: number[] = [];
    const reading = (async () => {
      for await (const element of flat) seen.push(element);
    })();
    await expect(reading).rejects.toBe(reason);
    expect(seen).toEqual([1, 2]);
    expect(await flat.next()).toEqual({ done: true, value: undefined });
  });

  it("ends the batches when the reader leaves in the middle of one, and gives nothing after", async () => {
    let isEnded = false;
    const flat = flattenBatches(
      sourceOf(
        (async function* () {
          try {
            yield [1, 2, 3];
          } finally {
            isEnded = true;
          }
        })(),
      ),
    );
    for await (const _element of flat) break;
    expect(isEnded).toBe(true);
    expect(await flat.next()).toEqual({ done: true, value: undefined });
  });

  it("gives every element in order to readers that ask without waiting", async () => {
    const flat = flattenBatches(
      sourceOf(
        (async function* () {
          yield [1];
          yield [];
          yield [2, 3, 4];
          yield [5];
        })(),
      ),
    );
    const steps = await Promise.all(Array.from({ length: 6 }, () => flat.next()));
    expect(steps.map((step) => step.value)).toEqual([1, 2, 3, 4, 5, undefined]);
  });

  it("fails for each reader whose turn it was and no other", async () => {
    const flat = flattenBatches(
      sourceOf(
        (async function* () {
          yield [1];
          throw new Error("broken");
        })(),
      ),
    );
    const steps = await Promise.allSettled([flat.next(), flat.next(), flat.next()]);
    expect(steps.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("gives at once what is there, and nothing while somebody who asked before waits", async () => {
    const flat = flattenBatches(
      sourceOf(
        (async function* () {
          yield [1, 2, 3];
          yield [4];
        })(),
      ),
    );
    expect(flat.ready()).toBeUndefined();
    const first = flat.next();
    expect(flat.ready()).toBeUndefined();
    expect(await first).toEqual({ done: false, value: 1 });
    expect([flat.ready(), flat.ready(), flat.ready()]).toEqual([2, 3, undefined]);
    expect(await flat.next()).toEqual({ done: false, value: 4 });
    expect(flat.ready()).toBeUndefined();
    expect(await flat.next()).toEqual({ done: true, value: undefined });
  });
});
