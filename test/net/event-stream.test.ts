import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { openEventReader } from "../../src/net/index.ts";

async function readAll(chunks: readonly (string | Uint8Array)[]): Promise<(readonly string[])[]> {
  const batches: (readonly string[])[] = [];
  const reader = openEventReader(toBody(chunks));
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) batches.push(batch);
  return batches;
}

async function* toBody(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
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

describe("openEventReader()", () => {
  it("drops a last event that no blank line ended", async () => {
    expect(await readAll(["data: a\n\ndata: b\n"])).toEqual([["a"]]);
    expect(await readAll(["data: a"])).toEqual([]);
    expect(await readAll([])).toEqual([]);
  });

  it("throws what the body throws", async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("data: a\n\n");
      throw new Error("gone");
    };
    const seen: string[] = [];
    const reading = (async () => {
      const reader = openEventReader(broken());
      for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) seen.push(...batch);
    })();
    await expect(reading).rejects.toThrow("gone");
    expect(seen).toEqual(["a"]);
  });

  it("refuses an event that never ends", async () => {
    const megabyte = Buffer.alloc(1024 * 1024, "x");
    await expect(readAll(["data: ", ...Array<Uint8Array>(65).fill(megabyte)])).rejects.toThrow(RangeError);
    const lines = Buffer.from("data: ".padEnd(1024 * 1024 - 1, "x") + "\n");
    await expect(readAll(Array<Uint8Array>(66).fill(lines))).rejects.toThrow(RangeError);
  });

  it("closes the body when the reader leaves", async () => {
    let isClosed = false;
    const body = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from("data: a\n\n");
      } finally {
        isClosed = true;
      }
    };
    const reader = openEventReader(body());
    expect(await reader.next()).toEqual(["a"]);
    reader.close();
    // A body of one's own is told, and not waited for.
    await Promise.resolve();
    expect(isClosed).toBe(true);
  });

  it("gives the events of one chunk as one batch, and an empty batch for comments alone", async () => {
    expect(await readAll(["data: a\n\ndata: b\n\nda", "ta: c\n\n", ": alive\n\n", "event: x\n"])).toEqual([
      ["a", "b"],
      ["c"],
      [],
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
  ])("reads %s", async (_name, text, events) => {
    expect((await readAll([text])).flat()).toEqual(events);
    expect((await readAll(split(Buffer.from(text), [1]))).flat()).toEqual(events);
  });

  it("always reads the same events however the bytes are cut", async () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\uFEFF]/g, ""));
    const event = fc.array(line, { minLength: 1, maxLength: 3 }).filter((lines) => lines.join("\n") !== "");
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(event), fc.constantFrom("\n", "\r\n", "\r"), sizes, async (events, end, cuts) => {
        const text = events.map((lines) => lines.map((data) => `data: ${data}${end}`).join("") + end).join("");
        const read = (await readAll(split(Buffer.from(text), cuts))).flat();
        expect(read).toEqual(events.map((lines) => lines.join("\n")));
      }),
    );
  });
});
