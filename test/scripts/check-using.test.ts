import { describe, expect, it } from "vitest";
import { checkUsing } from "../../scripts/check-using.ts";
import { makeTree } from "./tree.ts";

describe("checkUsing()", () => {
  it.each([
    ["using in a for-of", "function f(all) { for (const one of all) { using held = one.open(); } }"],
    ["await using in a while", "async function f() { while (busy()) { await using held = open(); } }"],
    ["using in a try in an endless loop", "function f() { for (;;) try { using held = open(); } catch {} }"],
  ])("reports %s", (_, text) => {
    using tree = makeTree({ "src/files/bad.ts": text });
    expect(checkUsing(tree.root)).toEqual([expect.stringContaining("src/files/bad.ts:1")]);
  });

  it("allows what has a function of its own", () => {
    using tree = makeTree({
      "src/files/good.ts": `
        function f(all) {
          using outer = open();
          for (const one of all) { const work = () => { using held = one.open(); }; work(); }
        }`,
    });
    expect(checkUsing(tree.root)).toEqual([]);
  });
});
