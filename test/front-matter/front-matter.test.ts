import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { readDocument, readDocuments, readFrontMatter, settingValues } from "../../src/front-matter/index.ts";

const place = { file: "x.md", keys: ["name", "tools", "count", "on"] };
const values = async (text: string) => settingValues(await readFrontMatter(text, place), "x.md");

describe("readFrontMatter() refuses", () => {
  it.each([
    ["---\nnmae: x\n---\n", /x\.md:2: Unknown key "nmae"\. Did you mean "name"/],
    ["---\nname: x\nname: y\n---\n", /x\.md:3/],
    ["---\nname: !!js/function x\n---\n", /x\.md:2/],
    ["---\n- a\n---\n", /must be a map/],
    ["---\nname: x\n", /not closed/],
    ["---\nname: *a\n---\n", /x\.md/],
    [`---\nname: ${"x".repeat(70_000)}\n---\n`, /not closed/],
  ])("%j", async (text, message) => {
    await expect(readFrontMatter(text, place)).rejects.toThrow(message);
  });
});

describe("readFrontMatter()", () => {
  it.each([
    ["Body", "Body", 0],
    ["---\n---\nBody", "Body", 0],
    ["\uFEFF---\r\nname: x\r\n---\r\nBody\r\n---\r\nmore", "Body\n---\nmore", 1],
    ["---\nname: x\n---", "", 1],
    ["----\nname: x\n---\n", "----\nname: x\n---", 0],
  ])("reads %j", async (text, body, settings) => {
    const read = await readFrontMatter(text, place);
    expect([read.body, read.settings.size]).toEqual([body, settings]);
  });
});

describe("settingValues()", () => {
  it("reads each kind, and names the line of another one", async () => {
    const read = await values("---\nname: ' x '\ntools: Read, Bash(a, b)\ncount: 3\non: false\n---\n");
    expect([read.text("name"), read.texts("tools"), read.count("count"), read.yesOrNo("on")]).toEqual([
      "x",
      ["Read", "Bash(a, b)"],
      3,
      false,
    ]);
    const bad = await values("---\ncount: 0\nname: [a]\non: 'no'\ntools: 7\n---\n");
    expect(() => bad.count("count")).toThrow(/x\.md:2: count/);
    expect(() => bad.text("name")).toThrow(/x\.md:3: name/);
    expect(() => bad.yesOrNo("on")).toThrow(/true or false/);
    expect(() => bad.texts("tools")).toThrow(/list of texts/);
    expect(() => bad.oneOf("name", ["y"])).toThrow(/one of y/);
    expect(bad.amount("missing")).toBeUndefined();
  });
});

describe("readDocuments()", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "harness-documents-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("reads what ends with .md, sorted, and follows no link", async () => {
    await writeFile(join(folder, "b.md"), "b");
    await writeFile(join(folder, "a.md"), "a");
    await writeFile(join(folder, "c.txt"), "c");
    await symlink(join(folder, "c.txt"), join(folder, "link.md"));
    expect((await readDocuments(folder)).map(({ text }) => text)).toEqual(["a", "b"]);
    await expect(readDocument(join(folder, "link.md"))).rejects.toThrow(/symbolic link/);
    expect(await readDocuments(join(folder, "missing"))).toEqual([]);
    await writeFile(join(folder, "large.md"), "x".repeat(300_000));
    await expect(readDocument(join(folder, "large.md"))).rejects.toThrow(/more than/);
  });
});
