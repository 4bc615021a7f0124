import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createOutputBuffer } from "../../src/sandbox/output-buffer.ts";

const gap = /\n… (\d+) bytes left out …\n/;

describe("createOutputBuffer()", () => {
  it("keeps everything within the limit, however it is cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.integer({ min: 1, max: 9 })), (text, cuts) => {
        const buffer = createOutputBuffer(Buffer.byteLength(text) + 1);
        for (const piece of split(Buffer.from(text), cuts)) buffer.write(piece, "stdout");
        expect(buffer.end()).toEqual({
          stdout: Buffer.from(text).toString("utf8"),
          stderr: "",
          output: Buffer.from(text).toString("utf8"),
          truncated: false,
        });
      }),
    );
  });

  it("never keeps more than the limit, never cuts a character, and accounts for every byte", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "é", "€", "😀"), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (characters, maxBytes, cuts) => {
          const text = characters.join("");
          const buffer = createOutputBuffer(maxBytes);
          for (const piece of split(Buffer.from(text), cuts)) buffer.write(piece, "stderr");
          const { output, stderr, truncated } = buffer.end();
          expect(stderr).toBe(output);
          const [whole = "", count = "0"] = gap.exec(output) ?? [];
          const [head = "", tail = ""] = whole === "" ? [output] : output.split(whole);
          expect(truncated).toBe(whole !== "");
          const kept = Buffer.byteLength(head) + Buffer.byteLength(tail);
          expect(kept).toBeLessThanOrEqual(maxBytes);
          expect(kept + Number(count)).toBe(Buffer.byteLength(text));
          expect(text.startsWith(head)).toBe(true);
          expect(text.endsWith(tail)).toBe(true);
        },
      ),
    );
  });

  it("keeps the order of two streams and cuts both together", () => {
    const buffer = createOutputBuffer(8);
    buffer.write(Buffer.from("ab"), "stdout");
    buffer.write(Buffer.from("cdefgh"), "stderr");
    buffer.write(Buffer.from("ij"), "stdout");
    expect(buffer.end()).toEqual({
      stdout: "abij",
      stderr: "cd\n… 2 bytes left out …\ngh",
      output: "abcd\n… 2 bytes left out …\nghij",
      truncated: true,
    });
  });

  it("gives what is no UTF-8 as replacement characters and never throws", () => {
    const buffer = createOutputBuffer(100);
    buffer.write(Uint8Array.from([0xff, 0xfe, 0x41, 0xf0, 0x9f]), "stdout");
    expect(buffer.end().stdout).toBe("\uFFFD\uFFFDA\uFFFD");
  });
});

function split(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const cut of cuts) {
    pieces.push(bytes.subarray(at, at + cut));
    at += cut;
  }
  return [...pieces, bytes.subarray(at)];
}
