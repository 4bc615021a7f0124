import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";

import { LoopTurns } from "../../src/async/index.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("LoopTurns", () => {
  it("lets the first begin at once and each other in a turn of its own, in their order", async () => {
    const turns = new LoopTurns();
    const begun: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      const turn = turns.take();
      if (turn === undefined) begun.push(index);
      else void turn.then(() => begun.push(index));
    }
    expect(begun).toEqual([0]);
    const seen: number[] = [];
    for (let loop = 0; loop < 8; loop += 1) {
      await nextTurn();
      seen.push(begun.length);
    }
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    // Never two in one turn.
    for (const [index, count] of seen.entries()) expect(count - (seen[index - 1] ?? 1)).toBeLessThanOrEqual(1);
  });

  it("is free again when all have begun", async () => {
    const turns = new LoopTurns();
    expect(turns.take()).toBeUndefined();
    expect(turns.take()).toBeInstanceOf(Promise);
    for (let loop = 0; loop < 4; loop += 1) await nextTurn();
    expect(turns.take()).toBeUndefined();
  });

  it("takes those that come while others wait", async () => {
    const turns = new LoopTurns();
    const begun: string[] = [];
    void turns.take();
    const first = turns.take()?.then(async () => {
      begun.push("first");
      await turns.take();
      begun.push("within");
    });
    const second = turns.take()?.then(() => begun.push("second"));
    await Promise.all([first, second]);
    expect(begun).toEqual(["first", "second", "within"]);
  });

  it("goes on while somebody else has replaced the timers", async () => {
    vi.useFakeTimers();
    const turns = new LoopTurns();
    void turns.take();
    await turns.take();
    expect(vi.getTimerCount()).toBe(0);
  });
});
