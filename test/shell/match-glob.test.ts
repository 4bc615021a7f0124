import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { globPrefix, matchGlob } from "../../src/shell/index.ts";

describe("matchGlob()", () => {
  it.each([
    ["mcp__*", "mcp__a__b", true],
    ["*", "", true],
    ["git *", "git log\nx", true],
    ["git *", "git", false],
    ["*.py", "a/b.py", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a*b*c", "aXbYbc", true],
    ["a*b*c", "aXcYb", false],
    ["[ab]", "a", false],
  ])("%s on %j: %s", (glob, text, expected) => {
    expect(matchGlob(glob, text)).toBe(expected);
  });

  it("agrees with a regular expression", () => {
    const letters = fc.stringMatching(/^[ab*?]{0,8}$/);
    fc.assert(
      fc.property(letters, fc.stringMatching(/^[ab]{0,8}$/), (glob, text) => {
        const regex = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
        expect(matchGlob(glob, text)).toBe(regex.test(text));
        if (regex.test(text)) expect(text.startsWith(globPrefix(glob))).toBe(true);
      }),
    );
  });
});
