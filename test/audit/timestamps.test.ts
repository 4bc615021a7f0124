import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createTimestamps } from "../../src/audit/timestamps.ts";

describe("createTimestamps()", () => {
  test("refuses what is no time", () => {
    const timestamp = createTimestamps();
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 8.65e15]) expect(() => timestamp(at)).toThrow(RangeError);
  });

  test("writes times as Date does, in any order", () => {
    const timestamp = createTimestamps();
    const near = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_003_000 });
    const any = fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(near, any), (at) => {
        expect(timestamp(at)).toBe(new Date(at).toISOString());
      }),
    );
  });
});
