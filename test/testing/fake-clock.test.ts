import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { fakeClock } from "../../src/testing/index.ts";

describe("fakeClock()", () => {
  it("rejects with the reason of an abort, before and during a sleep, and wakes nobody later", async () => {
    const clock = fakeClock();
    await expect(clock.sleep(5, AbortSignal.abort("before"))).rejects.toBe("before");
    const controller = new AbortController();
    const sleeping = clock.sleep(5, controller.signal);
    controller.abort("during");
    await expect(sleeping).rejects.toBe("during");
    await clock.advance(10);
  });

  it("does not move by itself, and wakes nobody too early", async () => {
    const clock = fakeClock(1000);
    let isAwake = false;
    void clock.sleep(10).then(() => (isAwake = true));
    await clock.advance(9);
    expect([isAwake, clock.now(), clock.monotonic()]).toEqual([false, 1009, 9]);
    await clock.advance(1);
    expect([isAwake, clock.now()]).toEqual([true, 1010]);
  });

  it("wakes sleepers in the order of their times, each at its time", async () => {
    const clock = fakeClock(0);
    const woken: [string, number][] = [];
    const sleepers = [
      ["late", 30],
      ["early", 10],
      ["middle", 20],
    ] as const;
    for (const [name, ms] of sleepers) void clock.sleep(ms).then(() => woken.push([name, clock.now()]));
    await clock.advance(100);
    expect(woken).toEqual([
      ["early", 10],
      ["middle", 20],
      ["late", 30],
    ]);
    expect(clock.now()).toBe(100);
  });

  it("wakes whoever begins to sleep again on the way", async () => {
    const clock = fakeClock(0);
    const times: number[] = [];
    const loop = (async () => {
      for (let index = 0; index < 5; index += 1) {
        await clock.sleep(10);
        times.push(clock.now());
      }
    })();
    await clock.advance(50);
    await loop;
    expect(times).toEqual([10, 20, 30, 40, 50]);
  });

  it("leaves no listener on a signal", async () => {
    const clock = fakeClock();
    const { signal } = new AbortController();
    const sleeping = clock.sleep(5, signal);
    await clock.advance(5);
    await sleeping;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
