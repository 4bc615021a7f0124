import assert from "node:assert/strict";

import type { Clock, Random } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** What the suite needs to know of a clock. */
export interface ClockConformanceOptions {
  /** Makes so many milliseconds pass. @default they pass by themselves */
  readonly advance?: (ms: number) => void | Promise<void>;
}

/** What a clock promises. */
export function clockConformance(
  clock: Clock,
  { advance = () => {} }: ClockConformanceOptions = {},
): readonly ConformanceCase[] {
  return [
    {
      name: "monotonic() never goes back, now() is a time, and a sleep takes its time",
      async run() {
        assert(Number.isFinite(clock.now()), "now() must give milliseconds since the epoch");
        const before = clock.monotonic();
        const slept = clock.sleep(20);
        await advance(20);
        await slept;
        // Timers round to whole milliseconds.
        assert(clock.monotonic() - before >= 18, "sleep(20) came back too early, or monotonic() stood still");
      },
    },
    {
      name: "sleep() rejects with signal.reason on abort, before and while it sleeps",
      async run() {
        const reason = { why: "awake" };
        const isReason = (error: unknown): boolean => error === reason;
        await assert.rejects(clock.sleep(60_000, AbortSignal.abort(reason)), isReason);
        const controller = new AbortController();
        const slept = assert.rejects(clock.sleep(60_000, controller.signal), isReason);
        controller.abort(reason);
        await slept;
      },
    },
  ];
}

/** What randomness promises. */
export function randomConformance(random: Random): readonly ConformanceCase[] {
  return [
    {
      name: "next() gives a number from 0 to below 1",
      async run() {
        const numbers = Array.from({ length: 1000 }, () => random.next());
        assert(
          numbers.every((number) => number >= 0 && number < 1),
          "a number is outside of [0, 1)",
        );
      },
    },
    {
      name: "id() gives a new id each time, of letters, digits, - and _",
      async run() {
        const ids = Array.from({ length: 1000 }, () => random.id());
        assert.equal(new Set(ids).size, 1000, "an id came twice");
        assert(
          ids.every((id) => /^[\w-]+$/.test(id)),
          `an id has other characters: ${ids[0]}`,
        );
      },
    },
  ];
}
