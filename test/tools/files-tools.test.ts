import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
  closeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { peakOf } from "../held-bytes.ts";
import { openSession, type TestSession } from "./call-tool.ts";

let cwd: string;
let checkpointDir: string;
let session: TestSession;
const at = (name: string): string => join(cwd, name);
const put = (name: string, content: string | Uint8Array): void => writeFileSync(at(name), content);
const get = (name: string): string => readFileSync(at(name), "utf8");

beforeEach(async () => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "harness-tools-")));
  checkpointDir = mkdtempSync(join(tmpdir(), "harness-checkpoints-"));
  session = await openSession(cwd, { checkpointDir });
});
afterEach(() => {
  for (const directory of [cwd, checkpointDir]) rmSync(directory, { recursive: true, force: true });
});

const numbered = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join("");

describe("Read", () => {
  it.each([
    ["a missing file", { file_path: "none.txt" }, "none.txt"],
    ["a directory", { file_path: "src" }, "directory"],
    ["an empty path", { file_path: "" }, "file_path"],
    ["no path", {}, "file_path"],
    ["an unknown argument", { file_path: "a.txt", lines: 3 }, "lines"],
    ["offset 0", { file_path: "a.txt", offset: 0 }, "offset"],
    ["offset -1", { file_path: "a.txt", offset: -1 }, "offset"],
    ["limit -1", { file_path: "a.txt", limit: -1 }, "limit"],
    ["limit 1.5", { file_path: "a.txt", limit: 1.5 }, "limit"],
    ["offset as text", { file_path: "a.txt", offset: "3" }, "offset"],
    ["a file outside", { file_path: "../x" }, "outside"],
    ["a binary file", { file_path: "binary" }, "binary"],
    ["Latin-1", { file_path: "latin1.txt" }, "UTF-8"],
    ["UTF-16", { file_path: "utf16.txt" }, "UTF-16"],
    ["a NUL far behind", { file_path: "late-nul" }, "UTF-8"],
  ])("refuses %s", async (_, args, word) => {
    mkdirSync(at("src"));
    put("a.txt", "a");
    put("binary", Buffer.from([1, 2, 0, 3]));
    put("latin1.txt", Buffer.from("caf\xe9", "latin1"));
    put("utf16.txt", Buffer.from("\ufeffhello", "utf16le"));
    put("late-nul", `${"x\n".repeat(1500)}${"y".repeat(9000)}\n\0`);
    const result = await session.call("Read", args);
    expect([result.isError, result.text]).toEqual([true, expect.stringContaining(word)]);
  });

  it("suggests a file with a similar name", async () => {
    put("README.md", "x");
    expect((await session.call("Read", { file_path: "REDME.md" })).text).toContain('Did you mean "README.md"?');
  });

  it("gives nothing of an empty file and past the end", async () => {
    put("empty", "");
    put("a.txt", numbered(3));
    expect(await session.call("Read", { file_path: "empty" })).toMatchObject({ text: "", isError: false });
    expect(await session.call("Read", { file_path: "a.txt", offset: 9999 })).toMatchObject({
      text: "",
      isError: false,
    });
  });

  it("numbers lines and gives exactly the wanted ones", async () => {
    put("a.txt", numbered(100));
    expect((await session.call("Read", { file_path: "a.txt", offset: 10, limit: 5 })).text).toBe(
      `${[10, 11, 12, 13, 14].map((line) => `    ${line}\tline ${line}`).join("\n")}\n\n[86 more lines; read on with offset 15]`,
    );
    expect((await session.call("Read", { file_path: "a.txt", offset: 99 })).text).toBe(
      "    99\tline 99\n   100\tline 100",
    );
  });

  it("does not count a line break at the end as a line, and shows lines of CRLF and of a byte order mark plainly", async () => {
    put("crlf.txt", "\ufeffone\r\ntwo\r\n\r\nfour");
    expect((await session.call("Read", { file_path: "crlf.txt" })).text).toBe(
      "     1\tone\n     2\ttwo\n     3\t\n     4\tfour",
    );
  });

  it("stops at 2000 lines and tells where to go on", async () => {
    put("long.txt", numbered(2099));
    const { text } = await session.call("Read", { file_path: "long.txt", limit: 5000 });
    expect(text.split("\n")[1999]).toBe("  2000\tline 2000");
    expect(text).toContain("[99 more lines; read on with offset 2001]");
  });

  it("cuts long lines, also between the halves of a character", async () => {
    put("wide.txt", `${"x".repeat(2500)}\n${"x".repeat(1999)}😀😀\n${"ä".repeat(50_000)}\nend`);
    const lines = (await session.call("Read", { file_path: "wide.txt" })).text.split("\n");
    expect(lines[0]).toBe(`     1\t${"x".repeat(2000)}… [truncated]`);
    expect(lines[1]).toBe(`     2\t${"x".repeat(1999)}… [truncated]`);
    expect(lines[2]).toBe(`     3\t${"ä".repeat(2000)}… [truncated]`);
    expect(lines[3]).toBe("     4\tend");
  });

  it("bounds the whole result", async () => {
    put("fat.txt", `${"x".repeat(1900)}\n`.repeat(2000));
    const { text } = await session.call("Read", { file_path: "fat.txt" });
    expect(text.length).toBeLessThan(270_000);
    expect(text).toMatch(/more lines; read on with offset 1\d\d\]$/u);
  });

  it("reads far lines of a huge file in small memory", async () => {
    const file = openSync(at("huge.txt"), "w");
    const block = `${"z".repeat(99)}\n`.repeat(10_000);
    for (let round = 0; round < 60; round += 1) writeSync(file, block);
    writeSync(file, "the last line");
    closeSync(file);
    const read = () => session.call("Read", { file_path: "huge.txt", offset: 600_001 });
    const { value, peakBytes } = await peakOf(read, { everyMs: 5 });
    expect(value.text).toBe("600001\tthe last line");
    expect(peakBytes).toBeLessThan(20 * 1024 * 1024);
    expect((await session.call("Read", { file_path: "huge.txt", limit: 1 })).text).toMatch(
      /\[at least \d+ more lines; read on with offset 2\]$/u,
    );
  });

  it("stops on abort", async () => {
    put("a.txt", "a");
    await expect(
      session.call("Read", { file_path: "a.txt" }, AbortSignal.abort(new Error("stop"))),
    ).resolves.toMatchObject({ text: "stop" });
  });

  it.each([
    ["picture.txt", Buffer.from("\x89PNG\r\n\x1a\nrest", "latin1"), "image/png"],
    ["photo", Buffer.from("\xff\xd8\xff\xe0rest", "latin1"), "image/jpeg"],
    ["moving.gif", Buffer.from("GIF89a\0rest", "latin1"), "image/gif"],
    ["new.webp", Buffer.from("RIFF1234WEBPrest", "latin1"), "image/webp"],
  ])("shows the image %s", async (name, bytes, mediaType) => {
    put(name, bytes);
    const { parts } = await session.call("Read", { file_path: name });
    expect(parts).toEqual([
      expect.objectContaining({ type: "text" }),
      { type: "image", data: bytes.toString("base64"), mediaType },
    ]);
  });

  it("shows a PDF, and refuses media that are too large", async () => {
    put("doc.pdf", "%PDF-1.7 rest");
    const { parts } = await session.call("Read", { file_path: "doc.pdf" });
    expect(parts[1]).toMatchObject({ type: "file", mediaType: "application/pdf", filename: "doc.pdf" });
    put("large.png", Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(5 * 1024 * 1024)]));
    expect(await session.call("Read", { file_path: "large.png" })).toMatchObject({ isError: true, parts: [] });
  });
});

describe("Write", () => {
  it("makes new files with their directories, with exactly the content", async () => {
    const content = "a\r\nb\ttab $& \u00e9 😀\n";
    expect((await session.call("Write", { file_path: "deep/er/new.txt", content })).text).toBe(
      "Created deep/er/new.txt (2 lines, 20 bytes)",
    );
    expect(get("deep/er/new.txt")).toBe(content);
    expect((await session.call("Write", { file_path: "empty", content: "" })).isError).toBe(false);
  });

  it("refuses an existing file that was not read, and one that changed since", async () => {
    put("a.txt", "mine");
    expect(await session.call("Write", { file_path: "a.txt", content: "x" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("read it first"),
    });
    await session.call("Read", { file_path: "a.txt" });
    put("a.txt", "changed by a person");
    expect(await session.call("Write", { file_path: "a.txt", content: "x" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("read it again"),
    });
    expect(get("a.txt")).toBe("changed by a person");
    await session.call("Read", { file_path: "a.txt" });
    expect(await session.call("Write", { file_path: "a.txt", content: "second" })).toMatchObject({ isError: false });
    expect(await session.call("Write", { file_path: "a.txt", content: "third" })).toMatchObject({ isError: false });
    expect(get("a.txt")).toBe("third");
  });

  it("knows a file that was read by another name", async () => {
    put("a.txt", "x");
    symlinkSync("a.txt", at("b.txt"));
    await session.call("Read", { file_path: "b.txt" });
    expect(await session.call("Write", { file_path: at("a.txt"), content: "y" })).toMatchObject({ isError: false });
  });

  it.each([
    ["outside", { file_path: "../x", content: "" }],
    ["protected", { file_path: ".harness/policy.yml", content: "" }],
    ["protected", { file_path: ".git/hooks/pre-commit", content: "" }],
    ["directory", { file_path: ".", content: "" }],
    ["content", { file_path: "x" }],
  ])("refuses with the word %j: %j", async (word, args) => {
    expect(await session.call("Write", args)).toMatchObject({ isError: true, text: expect.stringContaining(word) });
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("Edit", () => {
  const edit = (old_string: string, new_string: string, more: object = {}) =>
    session.call("Edit", { file_path: "a.txt", old_string, new_string, ...more });

  it("replaces an exact text and shows what came of it", async () => {
    put("a.txt", numbered(10));
    const { text, isError } = await edit("line 5\n", "five\nand a half\n");
    expect(isError).toBe(false);
    expect(text).toBe(
      "Replaced 1 occurrence in a.txt:\n     2\tline 2\n     3\tline 3\n     4\tline 4\n     5\tfive\n     6\tand a half\n     7\tline 6\n     8\tline 7\n     9\tline 8\n    10\tline 9",
    );
    expect(get("a.txt")).toBe(numbered(10).replace("line 5\n", "five\nand a half\n"));
  });

  it.each([
    ["an empty old_string", "", "x", {}, "old_string"],
    ["an empty old_string for all", "", "x", { replace_all: true }, "old_string"],
    ["identical strings", "one", "one", {}, "same"],
    ["what is not there", "three", "x", {}, "not found"],
    ["what is not there, for all", "three", "x", { replace_all: true }, "not found"],
    ["what is there twice", "two", "x", {}, "2 times"],
    ["what overlaps", "aa", "x", {}, "2 times"],
    ["no path", "one", "x", { file_path: undefined }, "file_path"],
    ["a directory", "one", "x", { file_path: "." }, "directory"],
    ["a missing file", "one", "x", { file_path: "none" }, "none"],
  ])("refuses %s", async (_, oldText, newText, more, word) => {
    put("a.txt", "one two two aaa");
    expect(await edit(oldText, newText, more)).toMatchObject({ isError: true, text: expect.stringContaining(word) });
    expect(get("a.txt")).toBe("one two two aaa");
  });

  it("replaces all, and takes dollar signs as they are", async () => {
    put("a.txt", "x.x.x");
    expect((await edit("x", "$&$1", { replace_all: true })).text).toContain("3 occurrences");
    expect(get("a.txt")).toBe("$&$1.$&$1.$&$1");
    expect((await edit("$&$1.$", "<$'>")).isError).toBe(true);
    expect((await edit("$&$1.$&$1.$&$1", "$`$'")).isError).toBe(false);
    expect(get("a.txt")).toBe("$`$'");
  });

  it.each([
    ["LF in a CRLF file", "a\r\nb\r\nc\r\n", "a\nb", "A\nB\nB2", "A\r\nB\r\nB2\r\nc\r\n"],
    ["a single line in a CRLF file", "a\r\nb\r\n", "b", "x\ny", "a\r\nx\r\ny\r\n"],
    ["CRLF in a CRLF file", "a\r\nb\r\n", "a\r\nb", "x\r\ny", "x\r\ny\r\n"],
    ["CRLF part of a mixed file", "a\r\nb\nc\n", "a\nb", "x\ny", "x\r\ny\nc\n"],
    ["LF part of a mixed file", "a\r\nb\nc\n", "b\nc", "x\ny", "a\r\nx\ny\n"],
    ["an LF that begins what is replaced in a CRLF file", "a\r\nb\r\nc", "\nb", "", "a\r\nc"],
    ["an LF alone in a CRLF file", "a\r\nb", "\n", "+", "a+b"],
    ["a single line of a mixed file", "a\r\nb\nc", "b", "x\ny", "a\r\nx\ny\nc"],
    ["the last line of a CRLF file", "a\r\nb", "b", "x\ny", "a\r\nx\r\ny"],
    ["a file with a byte order mark", "\ufeffone\r\n", "one", "two", "\ufefftwo\r\n"],
    ["an LF file", "a\nb\n", "a\nb", "x\ny", "x\ny\n"],
  ])("keeps line breaks: %s", async (_, before, oldText, newText, after) => {
    put("a.txt", before);
    expect((await edit(oldText, newText)).isError).toBe(false);
    expect(get("a.txt")).toBe(after);
  });

  it("keeps the mode and refuses what is no UTF-8 text", async () => {
    put("a.txt", "run");
    chmodSync(at("a.txt"), 0o755);
    await edit("run", "go");
    expect(statSync(at("a.txt")).mode & 0o777).toBe(0o755);
    put("b.txt", Buffer.from("caf\xe9 run", "latin1"));
    expect(await edit("run", "go", { file_path: "b.txt" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("cannot be edited"),
    });
    expect(readFileSync(at("b.txt"))).toEqual(Buffer.from("caf\xe9 run", "latin1"));
  });

  it("refuses a file that changed since it was read, and takes it when it was read again", async () => {
    put("a.txt", "one");
    await session.call("Read", { file_path: "a.txt" });
    put("a.txt", "one and two");
    expect(await edit("one", "x")).toMatchObject({ isError: true, text: expect.stringContaining("read it again") });
    await session.call("Read", { file_path: "a.txt" });
    expect((await edit("one", "x")).isError).toBe(false);
    expect((await edit("x", "y")).isError).toBe(false);
  });
});

describe("Glob", () => {
  beforeEach(() => {
    for (const folder of ["src/deep", "node_modules/p", ".git", ".venv", "__pycache__", ".hidden"])
      mkdirSync(at(folder), { recursive: true });
    for (const [age, name] of [
      "a.py",
      "src/b.py",
      "src/deep/c.py",
      "src/d.ts",
      "node_modules/p/e.py",
      ".git/f.py",
      ".venv/g.py",
      "__pycache__/h.py",
      ".hidden/i.py",
    ].entries()) {
      put(name, "");
      utimesSync(at(name), 1_000_000 + age, 1_000_000 + age);
    }
  });

  it.each([
    ["*.py", {}, ["a.py"]],
    ["**/*.py", {}, [".hidden/i.py", "src/deep/c.py", "src/b.py", "a.py"]],
    ["./src/*.{py,ts}", {}, ["src/d.ts", "src/b.py"]],
    ["**/[bc].py", {}, ["src/deep/c.py", "src/b.py"]],
    ["*.py", { path: "src" }, ["src/b.py"]],
    ["*.py", { path: "node_modules/p" }, ["node_modules/p/e.py"]],
    ["src/(b).py", {}, ["No files found"]],
    ["**/nothing", {}, ["No files found"]],
  ])("finds %j %j, newest first", async (pattern, more, expected) => {
    expect((await session.call("Glob", { pattern, ...more })).text.split("\n")).toEqual(expected);
  });

  it.each([
    ["../*", {}],
    ["src/../../*", {}],
    ["{..,src}/*", {}],
    ["/etc/*", {}],
    ["", {}],
    ["*a*b*c*d*", {}],
    ["**/a/**/a/**/a/**/a/**", {}],
    ["{a,aa}".repeat(12), {}],
    ["*", { path: "none" }],
    ["*", { path: "a.py" }],
    ["*", { path: ".." }],
    [undefined, {}],
  ])("refuses %j %j", async (pattern, more) => {
    expect((await session.call("Glob", { pattern, ...more })).isError).toBe(true);
  });

  it.each(["app/(group)/*.ts", "**/[(]group)/a+b.ts", "app/{(group),x}/*+*.ts"])(
    "takes parentheses and plus signs of %j as characters of names",
    async (pattern) => {
      for (const folder of ["app/(group)", "app/group"]) mkdirSync(at(folder), { recursive: true });
      put("app/(group)/a+b.ts", "");
      put("app/group/aab.ts", "");
      expect((await session.call("Glob", { pattern })).text).toBe("app/(group)/a+b.ts");
    },
  );

  it("ends at once with a pattern that would hang a regular expression", async () => {
    put(`${"a".repeat(200)}!`, "");
    expect((await session.call("Glob", { pattern: "(a+)+b" })).text).toBe("No files found");
  });

  it("does not follow links", async () => {
    symlinkSync("/etc", at("etc"));
    symlinkSync(".", at("loop"));
    expect((await session.call("Glob", { pattern: "**/passwd" })).text).toBe("No files found");
    expect((await session.call("Glob", { pattern: "**/a.py" })).text).toBe("a.py");
  });

  it("tells that there are more than 200", async () => {
    mkdirSync(at("many"));
    for (let index = 0; index < 205; index += 1) put(`many/${index}.txt`, "");
    const lines = (await session.call("Glob", { pattern: "many/*" })).text.split("\n");
    expect([lines.length, lines.at(-1)]).toEqual([201, "[the newest 200 of 205 files]"]);
  });
});

describe("Checkpoint", () => {
  it("saves, restores and lists several versions", async () => {
    put("a.txt", "one");
    chmodSync(at("a.txt"), 0o640);
    expect((await session.call("Checkpoint", { action: "save", file_path: "a.txt" })).text).toContain("version 1");
    put("a.txt", "two");
    expect((await session.call("Checkpoint", { action: "save", file_path: at("a.txt") })).text).toContain("version 2");
    put("a.txt", "three");
    await session.call("Checkpoint", { action: "restore", file_path: "a.txt", version: 1 });
    expect(get("a.txt")).toBe("one");
    await session.call("Checkpoint", { action: "restore", file_path: "a.txt" });
    expect(get("a.txt")).toBe("two");
    expect(statSync(at("a.txt")).mode & 0o777).toBe(0o640);
    expect((await session.call("Checkpoint", { action: "list" })).text).toMatch(
      /^a\.txt version 1, 3 bytes, saved .*\na\.txt version 2, /u,
    );
    // The model knows what it restored.
    expect((await session.call("Write", { file_path: "a.txt", content: "x" })).isError).toBe(false);
    expect(readdirSync(cwd)).toEqual(["a.txt"]);
  });

  it("restores a file that was removed, and does not confuse names", async () => {
    mkdirSync(at("a"));
    put("a/b.txt", "in a folder");
    put("a--b.txt", "flat");
    await session.call("Checkpoint", { action: "save", file_path: "a/b.txt" });
    await session.call("Checkpoint", { action: "save", file_path: "a--b.txt" });
    rmSync(at("a"), { recursive: true });
    put("a--b.txt", "changed");
    await session.call("Checkpoint", { action: "restore", file_path: "a/b.txt" });
    await session.call("Checkpoint", { action: "restore", file_path: "a--b.txt" });
    expect([get("a/b.txt"), get("a--b.txt")]).toEqual(["in a folder", "flat"]);
  });

  it.each([
    [{ action: "steal", file_path: "a.txt" }, "action"],
    [{ action: "save" }, "file_path"],
    [{ action: "save", file_path: "none" }, "none"],
    [{ action: "save", file_path: "../x" }, "outside"],
    [{ action: "restore", file_path: "a.txt" }, "no checkpoint"],
    [{ action: "restore", file_path: ".harness/policy.yml" }, "no checkpoint"],
  ])("refuses %j", async (args, word) => {
    put("a.txt", "a");
    expect(await session.call("Checkpoint", args)).toMatchObject({
      isError: true,
      text: expect.stringContaining(word),
    });
  });

  it("does not restore what is protected, and fails without a place", async () => {
    mkdirSync(at(".harness"));
    put(".harness/policy.yml", "old rules");
    await session.call("Checkpoint", { action: "save", file_path: ".harness/policy.yml" });
    put(".harness/policy.yml", "new rules");
    expect((await session.call("Checkpoint", { action: "restore", file_path: ".harness/policy.yml" })).text).toContain(
      "protected",
    );
    expect(get(".harness/policy.yml")).toBe("new rules");
    const without = await openSession(cwd);
    expect((await without.call("Checkpoint", { action: "list" })).isError).toBe(true);
    expect((await session.call("Checkpoint", { action: "list" })).text).toContain("version 1");
    expect(existsSync(at("checkpoints"))).toBe(false);
  });
});
