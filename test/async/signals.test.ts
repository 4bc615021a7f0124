import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { openSignalScope, raceSignal, startTimer, systemClock } from "../../src/async/index.ts";

const forever = new Promise<never>(() => {});

describe("raceSignal()", () => {
  it("rejects with the reason unchanged, whatever it is", async () => {
    for (const reason of [new Error("x"), "text", 0, null, { a: 1 }]) {
      const controller = new AbortController();
      const racing = raceSignal(forever, controller.signal);
      controller.abort(reason);
      await expect(racing).rejects.toBe(reason);
      await expect(raceSignal(Promise.resolve(1), AbortSignal.abort(reason))).rejects.toBe(reason);
    }
  });

  it("swallows what the promise rejects with after the abort", async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const controller = new AbortController();
    const racing = raceSignal(promise, controller.signal);
    controller.abort("over");
    await expect(racing).rejects.toBe("over");
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    reject(new Error("late"));
    await expect(raceSignal(Promise.reject(new Error("later")), AbortSignal.abort("over"))).rejects.toBe("over");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("gives what the promise gives, and leaves no listener on any way out", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    expect(await raceSignal(Promise.resolve(7), signal)).toBe(7);
    await expect(raceSignal(Promise.reject(new Error("own")), signal)).rejects.toThrow("own");
    expect(getEventListeners(signal, "abort")).toEqual([]);
    const racing = raceSignal(forever, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    controller.abort("x");
    await expect(racing).rejects.toBe("x");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("openSignalScope()", () => {
  it("follows each parent with its reason, also one that is aborted already", () => {
    for (const index of [0, 1]) {
      const parents = [new AbortController(), new AbortController()];
      using scope = openSignalScope([undefined, ...parents.map(({ signal }) => signal)]);
      expect(scope.signal.aborted).toBe(false);
      parents[index]?.abort(`parent ${index}`);
      parents[1 - index]?.abort("too late");
      expect(scope.signal.reason).toBe(`parent ${index}`);
    }
    using aborted = openSignalScope([new AbortController().signal, AbortSignal.abort("before")], { timeoutMs: 1 });
    expect(aborted.signal.reason).toBe("before");
  });

  it("removes its listeners on disposal and follows nobody from then on", () => {
    const parent = new AbortController();
    const scope = openSignalScope([parent.signal]);
    expect(getEventListeners(parent.signal, "abort")).toHaveLength(1);
    scope[Symbol.dispose]();
    scope[Symbol.dispose]();
    expect(getEventListeners(parent.signal, "abort")).toEqual([]);
    parent.abort("x");
    expect(scope.signal.aborted).toBe(false);
  });

  it("abort() gives its reason and does not reach the parents", () => {
    const parent = new AbortController();
    using scope = openSignalScope([parent.signal]);
    scope.abort("own");
    scope.abort("second");
    expect(scope.signal.reason).toBe("own");
    expect(parent.signal.aborted).toBe(false);
  });

  it("ends after its time with a TimeoutError, or with the reason that is made then", async () => {
    using plain = openSignalScope([], { timeoutMs: 5 });
    using own = openSignalScope([], { timeoutMs: 5, timeoutReason: () => "slow" });
    using none = openSignalScope([], { timeoutMs: undefined });
    await Promise.all(
      [plain, own].map(({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve))),
    );
    expect(plain.signal.reason).toMatchObject({ name: "TimeoutError" });
    expect(own.signal.reason).toBe("slow");
    expect(none.signal.aborted).toBe(false);
  });

  it.each([2 ** 31, 1e15, Number.POSITIVE_INFINITY])(
    "a limit of %d ms is not taken for none at all",
    async (timeoutMs) => {
      using scope = openSignalScope([], { timeoutMs });
      await systemClock.sleep(20);
      expect(scope.signal.aborted).toBe(false);
    },
  );
});

describe("startTimer()", () => {
  it("does not call back once it is cancelled", async () => {
    let calls = 0;
    const cancel = startTimer(5, () => (calls += 1));
    cancel();
    cancel();
    await new Promise<void>((resolve) => void startTimer(20, resolve));
    expect(calls).toBe(0);
  });
});

describe("systemClock.sleep()", () => {
  it("rejects with the reason unchanged, before and during the sleep, also a very long one", async () => {
    const reason = { my: "reason" };
    await expect(systemClock.sleep(10, AbortSignal.abort(reason))).rejects.toBe(reason);
    for (const ms of [60_000, 2 ** 40]) {
      const controller = new AbortController();
      const sleeping = systemClock.sleep(ms, controller.signal);
      const first = await Promise.race([sleeping, new Promise((resolve) => setTimeout(resolve, 20, "still asleep"))]);
      expect(first).toBe("still asleep");
      controller.abort(reason);
      await expect(sleeping).rejects.toBe(reason);
    }
  });

  it("does not sleep for a time that is over", async () => {
    await expect(systemClock.sleep(0)).resolves.toBeUndefined();
    await expect(systemClock.sleep(-5)).resolves.toBeUndefined();
  });
});
