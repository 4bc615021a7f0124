import fc from "fast-check";
import { expect, it } from "vitest";

import { globsMeet, matchGlob } from "../../src/shell/index.ts";

it.each([
  [".env", "*.log", false],
  ["*.env", "*.log", false],
  ["*.env", "a*", true],
  ["/etc/*", "/etc/*.conf", true],
  ["/etc/*", "/srv/*", false],
  [".git/hooks/*", "*.log", false],
  [".git/hooks/*", "**/*.sh", true],
  ["a?c", "a[b]c", true],
  ["a?c", "abbc", false],
  ["", "*", true],
  ["x", "", false],
  ["{a,b}", "z", true],
])("globsMeet(%j, %j): %s", (left, right, expected) => {
  expect(globsMeet(left, right)).toBe(expected);
});

it("globsMeet() is true whenever one text matches both", () => {
  const letters = fc.constantFrom("a", "b", "/", "*", "?");
  const glob = fc.array(letters, { maxLength: 6 }).map((parts) => parts.join(""));
  const text = fc.array(fc.constantFrom("a", "b"), { maxLength: 6 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(glob, glob, text, (left, right, sample) => {
      fc.pre(matchGlob(left, sample) && matchGlob(right, sample));
      expect(globsMeet(left, right)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});
