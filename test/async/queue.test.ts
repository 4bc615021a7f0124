import { describe, expect, it } from "vitest";

import { createQueue } from "../../src/async/index.ts";

describe("createQueue()", () => {
  it("fail() ends the stream with the error, unchanged, after what is queued", async () => {
    const queue = createQueue<number>();
    const error = { not: "an Error" };
    queue.push(1);
    queue.fail(error);
    queue.fail(new Error("later"));
    queue.push(2);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of queue) seen.push(item);
    })();
    await expect(reading).rejects.toBe(error);
    expect(seen).toEqual([1]);
  });

  it("fail() reaches a reader that waits", async () => {
    const queue = createQueue<number>();
    const next = queue[Symbol.asyncIterator]().next();
    queue.fail(new Error("broken"));
    await expect(next).rejects.toThrow("broken");
  });

  it("refuses a second reader and leaves the first one in its place", async () => {
    const queue = createQueue<number>();
    const first = queue[Symbol.asyncIterator]().next();
    await expect(queue[Symbol.asyncIterator]().next()).rejects.toThrow(/Somebody else reads/);
    queue.push(1);
    expect(await first).toEqual({ done: false, value: 1 });
  });

  it("drops what comes after the reader left, frees the producer and calls onReturn once and awaits it", async () => {
    let calls = 0;
    let isReturned = false;
    const queue = createQueue<number>({
      highWaterMark: 1,
      async onReturn() {
        calls += 1;
        await Promise.resolve();
        isReturned = true;
      },
    });
    queue.push(1);
    queue.push(2);
    const ready = queue.ready();
    for await (const item of queue) {
      expect(item).toBe(1);
      break;
    }
    expect(isReturned).toBe(true);
    await ready;
    queue.push(3);
    expect(queue.isFull).toBe(false);
    expect(await readAll(queue)).toEqual([]);
    await queue[Symbol.asyncIterator]().return?.();
    expect(calls).toBe(1);
  });

  it("does not call onReturn when it is read to its end", async () => {
    let calls = 0;
    const queue = createQueue<number>({ onReturn: () => void (calls += 1) });
    queue.push(1);
    queue.end();
    expect(await readAll(queue)).toEqual([1]);
    expect(calls).toBe(0);
  });

  it("a reader that leaves while it waits is released", async () => {
    const queue = createQueue<number>();
    const iterator = queue[Symbol.asyncIterator]();
    const next = iterator.next();
    await iterator.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("gives items in order, also across the point where taken ones are cut off", async () => {
    const queue = createQueue<number>();
    const expected = Array.from({ length: 20_000 }, (_value, index) => index);
    for (const item of expected.slice(0, 10_000)) queue.push(item);
    const seen: number[] = [];
    for await (const item of queue) {
      seen.push(item);
      if (item === 5000) for (const later of expected.slice(10_000)) queue.push(later);
      if (item === 5001) queue.end();
    }
    expect(seen).toEqual(expected);
  });

  it("keeps undefined and null as items", async () => {
    const queue = createQueue<unknown>();
    for (const item of [undefined, null, 0]) queue.push(item);
    queue.end();
    expect(await readAll(queue)).toEqual([undefined, null, 0]);
  });

  it("bounded: ready() waits while it is full and goes on when the reader made room", async () => {
    const queue = createQueue<number>({ highWaterMark: 2 });
    queue.push(1);
    await queue.ready();
    queue.push(2);
    expect(queue.isFull).toBe(true);
    let isReady = false;
    const ready = queue.ready().then(() => (isReady = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isReady).toBe(false);
    await queue[Symbol.asyncIterator]().next();
    await ready;
    expect(queue.isFull).toBe(false);
  });

  it.each(["end", "fail"] as const)("bounded: %s() frees a producer that waits", async (how) => {
    const queue = createQueue<number>({ highWaterMark: 1 });
    queue.push(1);
    const ready = queue.ready();
    if (how === "end") queue.end();
    else queue.fail(new Error("x"));
    await expect(ready).resolves.toBeUndefined();
  });

  it("unbounded: never full, keeps everything, and frees a producer that waits already", async () => {
    const queue = createQueue<number>({ highWaterMark: 1 });
    queue.push(1);
    const ready = queue.ready();
    queue.setMode("unbounded");
    await ready;
    queue.push(2);
    expect(queue.isFull).toBe(false);
    queue.end();
    expect(await readAll(queue)).toEqual([1, 2]);
  });

  it("newest: keeps the last items only, also of those that were there before", async () => {
    const queue = createQueue<number>({ highWaterMark: 2 });
    for (const item of [1, 2, 3, 4]) queue.push(item);
    queue.setMode("newest");
    queue.push(5);
    expect(queue.isFull).toBe(false);
    queue.end();
    expect(await readAll(queue)).toEqual([4, 5]);
  });

  it("newest: drops at once what is too much, also when nothing comes any more", async () => {
    const queue = createQueue<number>({ highWaterMark: 2 });
    for (const item of [1, 2, 3, 4]) queue.push(item);
    queue.end();
    queue.setMode("newest");
    expect(await readAll(queue)).toEqual([3, 4]);
  });

  it("newest: setMode() refuses to go back when items are gone, and not before", () => {
    const queue = createQueue<number>({ highWaterMark: 2 });
    queue.setMode("newest");
    queue.push(1);
    queue.push(2);
    queue.setMode("unbounded");
    queue.setMode("newest");
    queue.push(3);
    expect(() => queue.setMode("bounded")).toThrow(/first 1 items are gone/);
    expect(() => queue.setMode("unbounded")).toThrow(/begin to read/);
  });
});

async function readAll<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
