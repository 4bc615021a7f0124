import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { escapeControls } from "../../src/approval/index.ts";

describe("escapeControls() shows what would deceive", () => {
  it.each([
    ["a Cyrillic letter in a program's name", "\u0441url https://x", "\\u{441}url https://x"],
    ["a Greek letter in a host", "https://g\u03BFogle.com", "https://g\\u{3bf}ogle.com"],
    ["a word of look-alikes alone", "\u0441\u043E\u0440\u0435", "\\u{441}\\u{43e}\\u{440}\\u{435}"],
    ["full-width letters", "\uFF52\uFF4D -rf", "\\u{ff52}\\u{ff4d} -rf"],
    ["mathematical letters", "\u{1D4EC}at", "\\u{1d4ec}at"],
    ["a space that is none", "rm\u00A0-rf", "rm\\u{a0}-rf"],
    ["a blank of braille", "a\u2800b", "a\\u{2800}b"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
    ["piles of marks", "a\u0300\u0301\u0302\u0303", "a\\u{300}\\u{301}\\u{302}\\u{303}"],
    ["a variation selector", "a\uFE01b", "a\\u{fe01}b"],
    ["a lone return", "safe\rdanger", "safe\\u{d}danger"],
    ["many empty lines", `a${"\n".repeat(50)}b`, "a\n    [… 50 empty lines …]\n    b"],
    ["many spaces", `a${" ".repeat(200)}b`, "a[… 200 spaces …]b"],
  ])("%s", (_name, text, expected) => {
    expect(escapeControls(text)).toBe(expected);
  });

  it.each(["Привет, мир", "Γειά σου Κόσμε", "日本語のテキスト", "naïve café", "❤️ ok", "x² + y²"])(
    "but leaves %s as it is",
    (text) => {
      expect(escapeControls(text)).toBe(text);
    },
  );

  it("never lets a control or direction character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        // eslint-disable-next-line no-control-regex -- none of these may be shown
        expect(escapeControls(text)).not.toMatch(
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/,
        );
      }),
    );
  });
});
