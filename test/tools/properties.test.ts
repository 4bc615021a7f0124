import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openSession } from "./call-tool.ts";

let cwd: string;
let file: string;
beforeAll(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "harness-properties-")));
  file = join(cwd, "a.txt");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const options = { numRuns: 400, seed: 20_261_126 };
/** Few signs, so that what is looked for is found, twice and overlapping too. */
const piece = fc.constantFrom("a", "b", "aa", " ", "\n", "\r\n", "é", "e\u0301", "😀", "$&", "\\", "\t");
const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));
const toLf = (value: string): string => value.replaceAll("\r\n", "\n");

function countOf(where: string, what: string): number {
  let count = 0;
  for (let at = where.indexOf(what); at !== -1; at = where.indexOf(what, at + 1)) count += 1;
  return count;
}

describe("Edit", () => {
  it("does what a replacement in the text with LF alone would do, and breaks no line break", async () => {
    const given = fc.record({ before: text, old: text, fresh: text, isForAll: fc.boolean(), hasMark: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(given, async ({ before: content, old, fresh, isForAll, hasMark }) => {
        fc.pre(old !== "" && old !== fresh);
        const before = (hasMark ? "\uFEFF" : "") + content;
        writeFileSync(file, before);
        const session = await openSession(cwd);
        const args = { file_path: "a.txt", old_string: old, new_string: fresh, replace_all: isForAll };
        const { isError } = await session.call("Edit", args);
        const after = readFileSync(file, "utf8");
        // In a file without CRLF everything is meant as it stands.
        const [plain, wanted, put] = before.includes("\r\n")
          ? [toLf(before), toLf(old), toLf(fresh)]
          : [before, old, fresh];
        const count = countOf(plain, wanted);
        expect(isError).toBe(count === 0 || (count > 1 && !isForAll));
        if (isError) {
          expect(after).toBe(before);
          return;
        }
        const first = plain.indexOf(wanted);
        const expected = isForAll
          ? plain.split(wanted).join(put)
          : plain.slice(0, first) + put + plain.slice(first + wanted.length);
        expect(before.includes("\r\n") ? toLf(after) : after).toBe(expected);
        // Whole line breaks only, each as it was.
        if (!(before + fresh).replaceAll("\r\n", "").includes("\r")) {
          expect(after.replaceAll("\r\n", "")).not.toContain("\r");
        }
        if (!before.replaceAll("\r\n", "").includes("\n") && before.includes("\r\n")) {
          expect(after.replaceAll("\r\n", "")).not.toContain("\n");
        }
      }),
      options,
    );
  });
});

describe("Read", () => {
  it("shows exactly the lines of a window, and where to go on", async () => {
    const given = fc.record({
      content: text,
      offset: fc.integer({ min: 1, max: 30 }),
      limit: fc.integer({ min: 1, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ content, offset, limit }) => {
        writeFileSync(file, content);
        const session = await openSession(cwd);
        const { text: shown, isError } = await session.call("Read", { file_path: "a.txt", offset, limit });
        expect(isError).toBe(false);
        const lines = content.split("\n");
        if (lines.at(-1) === "") lines.pop();
        const wanted = lines
          .slice(offset - 1, offset - 1 + limit)
          .map((line, at) => `${String(offset + at).padStart(6)}\t${line.replace(/\r$/, "")}`);
        const rest = lines.length - (offset - 1) - wanted.length;
        const note = rest > 0 ? `\n\n[${rest} more lines; read on with offset ${offset + wanted.length}]` : "";
        expect(shown).toBe(wanted.join("\n") + note);
      }),
      options,
    );
  });

  it("lets every text through Write and back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 200 }), async (content) => {
        rmSync(file, { force: true });
        const session = await openSession(cwd);
        expect((await session.call("Write", { file_path: "a.txt", content })).isError).toBe(false);
        expect(readFileSync(file, "utf8")).toBe(content);
      }),
      options,
    );
  });
});
