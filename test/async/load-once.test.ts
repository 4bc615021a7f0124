import { describe, expect, it } from "vitest";

import { loadOnce } from "../../src/async/index.ts";

describe("loadOnce()", () => {
  it("tries again after a failure", async () => {
    let loads = 0;
    const load = loadOnce(async () => {
      loads += 1;
      if (loads === 1) throw new Error("not yet");
      return loads;
    });
    await expect(load()).rejects.toThrow("not yet");
    expect(await load()).toBe(2);
  });

  it("loads once for all who ask, also at the same time, and not before", async () => {
    let loads = 0;
    const load = loadOnce(async () => (loads += 1));
    expect(loads).toBe(0);
    expect(await Promise.all([load(), load()])).toEqual([1, 1]);
    expect(await load()).toBe(1);
  });
});
