import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EventParser } from "../../src/net/index.ts";

function readAll(chunks: readonly (string | Uint8Array)[]): (readonly string[] | undefined)[] {
  const parser = new EventParser();
  return chunks.map((chunk) => parser.read(typeof chunk === "string" ? Buffer.from(chunk) : chunk));
}

function payloadsOf(chunks: readonly (string | Uint8Array)[]): string[] {
  return readAll(chunks).flatMap((payloads) => payloads ?? []);
}

function split(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let offset = 0, index = 0; offset < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return pieces;
}

describe("EventParser", () => {
  it("drops a last event that no blank line ended", () => {
    expect(readAll(["data: a\n\ndata: b\n"])).toEqual([["a"]]);
    expect(readAll(["data: a"])).toEqual([undefined]);
  });

  it("drops the byte order mark of the stream and keeps the same character anywhere else", () => {
    expect(payloadsOf(["\uFEFFdata: a\n\n", "data: ", "\uFEFFb\n\n", "data: \uFEFF\n\n"])).toEqual([
      "a",
      "\uFEFFb",
      "\uFEFF",
    ]);
    expect(payloadsOf(split(Buffer.from("\uFEFFdata: a\uFEFF\n\n"), [1]))).toEqual(["a\uFEFF"]);
  });

  it("reads what is no UTF-8 as U+FFFD, also where chunks cut it and where a whole chunk comes after", () => {
    const cut = Buffer.from("data: é\n\n");
    expect(payloadsOf([cut.subarray(0, 7), "\n\n", "data: ü\n\n"])).toEqual(["\uFFFD", "ü"]);
    expect(payloadsOf([cut.subarray(0, 7), cut.subarray(7), "data: ü\n\n"])).toEqual(["é", "ü"]);
    expect(payloadsOf([Buffer.from([...Buffer.from("data: "), 0xff, 0x0a, 0x0a])])).toEqual(["\uFFFD"]);
  });

  it("refuses an event that never ends", () => {
    const megabyte = Buffer.alloc(1024 * 1024, "x");
    expect(() => readAll(["data: ", ...Array<Uint8Array>(65).fill(megabyte)])).toThrow(RangeError);
    const lines = Buffer.from("data: ".padEnd(1024 * 1024 - 1, "x") + "\n");
    expect(() => readAll(Array<Uint8Array>(66).fill(lines))).toThrow(RangeError);
  });

  it("gives the events of one chunk together, an empty list for comments alone, and nothing for half an event", () => {
    expect(readAll(["data: a\n\ndata: b\n\nda", "ta: c\n\n", ": alive\n\n", "event: x\n"])).toEqual([
      ["a", "b"],
      ["c"],
      [],
      undefined,
    ]);
  });

  it.each([
    ["CRLF", "data: a\r\ndata: b\r\n\r\n", ["a\nb"]],
    ["bare CR", "data: a\r\rdata: b\r\r", ["a", "b"]],
    ["a byte order mark", "\uFEFFdata: a\n\n", ["a"]],
    ["no space after the colon", "data:a\n\ndata:  b\n\n", ["a", " b"]],
    ["several data lines", "data: a\ndata:\ndata: b\n\n", ["a\n\nb"]],
    ["other fields and comments", "id: 1\nevent: data: no\nretry: 5\n:data: no\ndata: a\n\n", ["a"]],
    ["fields that only begin like data", "database: no\ndata: a\n\n", ["a"]],
    ["events without data", "event: ping\n\ndata:\n\ndata\n\ndata: a\n\n", ["a"]],
    ["blank lines", "\n\n\ndata: a\n\n\n\n", ["a"]],
    ["CR and LF in two chunks of one byte", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["a line separator that JSON leaves as it is", "data: \u2028\u0085\n\n", ["\u2028\u0085"]],
  ])("reads %s", (_name, text, events) => {
    expect(payloadsOf([text])).toEqual(events);
    expect(payloadsOf(split(Buffer.from(text), [1]))).toEqual(events);
  });

  it("always reads the same events however the bytes are cut", () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\uFEFF]/g, ""));
    const event = fc.array(line, { minLength: 1, maxLength: 3 }).filter((lines) => lines.join("\n") !== "");
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(event), fc.constantFrom("\n", "\r\n", "\r"), sizes, (events, end, cuts) => {
        const text = events.map((lines) => lines.map((data) => `data: ${data}${end}`).join("") + end).join("");
        expect(payloadsOf(split(Buffer.from(text), cuts))).toEqual(events.map((lines) => lines.join("\n")));
      }),
    );
  });
});
