import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { htmlToText } from "../../src/tools/html-to-text.ts";

describe("htmlToText()", () => {
  it.each([
    ["", ""],
    ["plain", "plain"],
    ["a < b and c > d", "a < b and c > d"],
    ["a <b", "a"],
    ["x<script>alert('<p>')</script>y", "xy"],
    ["x<script>never closed", "x"],
    ["x<SCRIPT SRC=a>1</ScRiPt >y", "xy"],
    ["x<style>p{}</style>y<template>t</template>z", "xyz"],
    ["x<!-- a > b -->y", "xy"],
    ["x<!-- never closed", "x"],
    ['<p title="a > b">text', "text"],
    ["<p title='it\"s > x'>text", "text"],
    ["<p don't>text</p>", "text"],
    ["<p>a<p>b<br>c", "a\nb\nc"],
    ["<p>a</p>\n\n\n<p>b</p>", "a\n\nb"],
    ["<h2>T</h2>x", "## T\nx"],
    ["<table><tr><td>1<td>2<tr><td>3<td>4</table>", "| 1 | 2\n| 3 | 4"],
    ["&amp;lt; &LT &#0; &#xD800; &#1114112; &#65", "&lt; &LT \ufffd \ufffd \ufffd A"],
    ["<a href='https://a.example/x'>in</a> out", "[in](https://a.example/x) out"],
    ["<a href=//b.example>in</a>", "[in](https://b.example/)"],
    ["<a href='#top'>top</a><a>none</a>", "topnone"],
    ["<a href='/1'>one<a href='/2'>two</a>", "[one](https://base.example/1)[two](https://base.example/2)"],
    ["<pre>\n  a\n\tb</pre>", "a\n\tb".replace("a", "  a")],
  ])("makes of %j", (html, text) => {
    expect(htmlToText(html, "https://base.example/")).toBe(text);
  });

  it.each([
    ["<".repeat(300_000)],
    ["<a ".repeat(300_000)],
    ["<a href=".repeat(100_000)],
    ["<script>".repeat(200_000)],
    ["<!--".repeat(300_000)],
    ["<a href='".repeat(100_000)],
    [" ".repeat(1_000_000)],
    ["&".repeat(500_000)],
    ["<p>".repeat(300_000)],
    ["<p/".repeat(300_000)],
    ["<x =' ".repeat(100_000)],
  ])("goes through a hostile page once (%#)", { timeout: 60_000 }, (html) => {
    expect(htmlToText(html).length).toBeLessThanOrEqual(html.length);
  });

  it("never throws, and gives no script whatever stands around it", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "<",
        ">",
        "</",
        "<!--",
        "-->",
        "<p",
        "<a href=",
        '"',
        "'",
        "=",
        " ",
        "&",
        "&amp;",
        "<pre>",
        "</pre>",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        htmlToText(pieces.join(""));
        expect(
          htmlToText(`<p>${"text"}</p><script>HIDDEN${pieces.join("").replaceAll(/<\/script/giu, "")}</script>`),
        ).toBe("text");
      }),
      { numRuns: 500 },
    );
  });
});
