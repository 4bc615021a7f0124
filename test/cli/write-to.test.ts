import { describe, expect, it } from "vitest";

import { writeTo } from "../../src/cli/write-to.ts";

function written(text: string, isTTY?: boolean): string {
  let shown = "";
  writeTo({ ...(isTTY === undefined ? {} : { isTTY }), write: (piece: string) => (shown += piece) })(text);
  return shown;
}

/** Clears the screen, fills the clipboard (in both forms), overwrites the line, turns the direction of text. */
const OBEYED = "\u001b[2J \u001b]52;c;eA==\u0007 \u009d52;c;eA==\u009c ok\rno \u202eevil\u202c\u0000\u007f";

describe("writeTo()", () => {
  it("shows a terminal what it would obey", () => {
    expect(written(OBEYED, true)).toBe(
      String.raw`\u001b[2J \u001b]52;c;eA==\u0007 \u009d52;c;eA==\u009c ok\u000dno \u202eevil\u202c\u0000\u007f`,
    );
    // Only characters that no terminal obeys are left.
    expect(written(OBEYED, true)).toMatch(/^[\n\t\u0020-\u007e]*$/);
  });

  it("leaves text alone, and lines of JSON what they are", () => {
    const text = "line\r\n\ttab é 😀 مرحبا\n";
    expect(written(text, true)).toBe(text);
    const json = JSON.stringify({ text: OBEYED });
    expect(JSON.parse(written(json, true))).toEqual({ text: OBEYED });
  });

  it.each([false, undefined])("gives a file or pipe every byte as it is (isTTY %s)", (isTTY) => {
    expect(written(OBEYED, isTTY)).toBe(OBEYED);
  });
});
