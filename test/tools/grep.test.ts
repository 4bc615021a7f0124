import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openSession, openTestSandbox, type TestSession } from "./call-tool.ts";

const isMissing = spawnSync("rg", ["--version"]).status !== 0 && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";
/** A PATH without ripgrep. */
const BARE: NodeJS.ProcessEnv = { PATH: "/nonexistent" };
let cwd: string;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "harness-grep-")));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), content);
}

const grep = async (session: TestSession, args: object): Promise<{ text: string; isError: boolean }> => {
  const { text, isError } = await session.call("Grep", args);
  return { text, isError };
};

const open = (env?: NodeJS.ProcessEnv): Promise<TestSession> => openSession(cwd, { sandbox: openTestSandbox(env) });

const usedRipgrep = (session: TestSession): boolean =>
  session.sandbox.commands.some((command) => command[0] === "rg" && command.includes("--json"));

describe.skipIf(isMissing)("Grep with ripgrep and without [skipped: ripgrep is not installed]", () => {
  const TREE: Readonly<Record<string, string | Uint8Array>> = {
    "a.py": "import os\nfoo = 1\n\nprint(foo)\n",
    "b.txt": "foo bar\nno\nFOO\n",
    "src/c.py": "def foo():\n    return 'é ü 😀'\n",
    "src/d.ts": "const foo = 1;\r\nconst bar = foo;\r\n",
    "src-old/e.ts": "foo",
    "src.ts": "foo",
    "src/deep/er/f.md": "# foo\n* foo\n",
    ".hidden/g.txt": "foo",
    ".env": "foo=1",
    ".gitignore": "ignored/\nb.txt\n",
    ".ignore": "a.py\n",
    "ignored/h.txt": "foo",
    "node_modules/p/i.js": "foo",
    "src/node_modules/p/i.js": "foo",
    ".git/config": "foo",
    "src/__pycache__/x.py": "foo",
    ".venv/y.py": "foo",
    "binary.bin": Buffer.from("foo\nfoo\0foo\n"),
    "late-binary.bin": Buffer.concat([
      Buffer.from("foo\n".repeat(30)),
      Buffer.alloc(100_000, 120),
      Buffer.from([10, 0]),
    ]),
    "latin1.txt": Buffer.from("caf\xe9 foo\nplain\n", "latin1"),
    "bom.txt": "\ufefffoo at the start\n",
    "utf16.txt": Buffer.from("\ufefffoo\n", "utf16le"),
    "long.txt": `foo ${"x".repeat(5000)}\n`,
    "spaces and [brackets]/j (1).txt": "foo\n",
    "-e.txt": "foo --pre=bash\n",
    "ä/ö.txt": "foo\n",
    "\u{1f600}.txt": "foo\n",
    "\uff5e.txt": "foo\n",
    "sets.txt": "a&&b\n[x]\na--b\n~~\n\\d\n\t tab\n1_2\nword-word\n",
    "empty.txt": "",
    "lines.txt": "\n\nfoo\n\n",
    "numbers/n1.txt": Array.from({ length: 80 }, (_, index) => `number ${index}`).join("\n"),
    "numbers/n2.txt": "number last\n",
    "cr.txt": "foo\rbar\nfoo\r",
    "crlf.txt": `${"some line\r\n".repeat(200)}trailing \r\nlast; \r\n\r\n`,
    "dollar.txt": "5$\n",
  };
  beforeEach(() => {
    for (const [name, content] of Object.entries(TREE)) put(name, content);
    symlinkSync("a.py", join(cwd, "link.py"));
    symlinkSync("/etc", join(cwd, "etc"));
  });

  it.each([
    { pattern: "foo" },
    { pattern: "foo", path: "src" },
    { pattern: "foo", path: "node_modules" },
    { pattern: "foo", glob: "*.py" },
    { pattern: "foo", glob: "src/**" },
    { pattern: "foo", glob: "**/*.{ts,md}" },
    { pattern: "foo", glob: "!*.txt" },
    { pattern: "(?i)FOO" },
    { pattern: "^foo$" },
    { pattern: "foo$" },
    { pattern: "^$" },
    { pattern: "^\\s*return\\b.*" },
    { pattern: "\\d" },
    { pattern: "\\D\\d" },
    { pattern: "[\\d_]{3}" },
    { pattern: "\\w+-\\w+" },
    { pattern: "[^\\w\\s]$" },
    { pattern: "\\bfoo\\b.*\\Bar\\b" },
    { pattern: "é|ü" },
    { pattern: "\\w😀" },
    { pattern: "'. ." },
    { pattern: "\\p{L}+ü" },
    { pattern: "[a&&b]{3}" },
    { pattern: "[[x]" },
    { pattern: "[]x]" },
    { pattern: "[^]]x" },
    { pattern: "[[:alpha:]]&" },
    { pattern: "~[~]" },
    { pattern: "\\Qa&&b\\E" },
    { pattern: "\\Q\\d" },
    { pattern: "\\\\d" },
    { pattern: "\\t" },
    { pattern: "--pre=bash" },
    { pattern: "-e" },
    { pattern: "--" },
    { pattern: "(?P<name>foo) bar" },
    { pattern: "caf|plain" },
    { pattern: "[^;]$" },
    { pattern: "\\s$" },
    { pattern: "foo.*;$" },
    { pattern: "foo.bar" },
    { pattern: "\\Afoo\\z" },
    { pattern: "[$]|\\$" },
    { pattern: "number", max_results: 3 },
    { pattern: "number", max_results: 80 },
    { pattern: "number", max_results: 81 },
    { pattern: "number", max_results: 500 },
    { pattern: "o", max_results: 7 },
    { pattern: "nothing like it" },
    // What models write and RE2 takes, but not every ripgrep.
    { pattern: "\\/|\\'|\\\"|\\_|\\<|\\>|\\:|\\=" },
    { pattern: "[\\/\\-\\_]" },
    { pattern: "foo{|x{,2}|\\146oo" },
    { pattern: "(?<name>foo)" },
    { pattern: "(a+)+$" },
    { pattern: "(unclosed" },
    { pattern: "[z-a]" },
    { pattern: "(?=look)" },
    { pattern: "(x)\\1" },
    { pattern: "a\\nb" },
    { pattern: "a\nb" },
    { pattern: "foo", path: "a.py" },
    { pattern: "foo", path: "binary.bin" },
    { pattern: "foo", path: "none" },
    { pattern: "foo", path: "../.." },
    { pattern: "foo", path: "etc" },
    { pattern: "foo", glob: "../*" },
  ])("gives equal results for %j", async (args) => {
    const [withRipgrep, without] = [await open(), await open(BARE)];
    const results = [await grep(withRipgrep, args), await grep(without, args)];
    expect(results[0]).toEqual(results[1]);
    expect(usedRipgrep(without)).toBe(false);
  });

  it("really uses ripgrep for directories", async () => {
    const session = await open();
    await grep(session, { pattern: "foo" });
    await grep(session, { pattern: "bar" });
    expect(usedRipgrep(session)).toBe(true);
    expect(session.sandbox.commands.filter((command) => command.includes("--version"))).toHaveLength(1);
  });

  it("gives equal results over a large tree, capped or not", async () => {
    for (let index = 0; index < 300; index += 1) {
      put(
        `gen/${index % 7}/${index % 3 === 0 ? "x.y" : "x"}/${(index * 7919) % 1000}-${index}.txt`,
        `value ${index}\nother ${index % 10}\n`.repeat(1 + (index % 4)),
      );
    }
    const [withRipgrep, without] = [await open(), await open(BARE)];
    for (const args of [
      { pattern: "value \\d+", path: "gen", max_results: 1000 },
      { pattern: "other 3", path: "gen" },
      { pattern: "value", path: "gen", glob: "1*.txt", max_results: 17 },
    ]) {
      const results = [await grep(withRipgrep, args), await grep(without, args)];
      expect(results[0]).toEqual(results[1]);
      expect(results[0]?.text.split("\n").length).toBeGreaterThan(10);
    }
  });
});

describe.each([
  ["ripgrep", undefined],
  ["nothing installed", BARE],
])("Grep with %s", (_, env) => {
  let session: TestSession;
  beforeEach(async () => {
    put("a.py", "one\nfind me\nthree\n");
    put("sub/b.py", "find me too\n");
    put("sub/c.txt", "find me not\n");
    session = await open(env);
  });

  it.each([
    [{ pattern: "find me" }, ["a.py:2: find me", "sub/b.py:1: find me too", "sub/c.txt:1: find me not"]],
    [{ pattern: "find", glob: "*.py" }, ["a.py:2: find me", "sub/b.py:1: find me too"]],
    [{ pattern: "find", path: "a.py" }, ["a.py:2: find me"]],
    [{ pattern: "find", path: "sub", glob: "*.txt" }, ["sub/c.txt:1: find me not"]],
    [{ pattern: "^find \\w+$" }, ["a.py:2: find me"]],
    [{ pattern: "none" }, ["No matches found"]],
    [
      { pattern: "find", max_results: 2 },
      [
        "a.py:2: find me",
        "sub/b.py:1: find me too",
        "[the first 2 matches; there are more: narrow the search or raise max_results]",
      ],
    ],
    [{ pattern: "find", max_results: 3 }, ["a.py:2: find me", "sub/b.py:1: find me too", "sub/c.txt:1: find me not"]],
  ])("%j finds the lines", async (args, lines) => {
    expect(await grep(session, args)).toEqual({ text: lines.join("\n"), isError: false });
  });

  it.each([
    [{ pattern: "(" }],
    [{ pattern: "" }],
    [{}],
    [{ pattern: "x", path: "absent" }],
    [{ pattern: "x", path: ".." }],
    [{ pattern: "x", max_results: 0 }],
    [{ pattern: "x", max_results: "5" }],
    [{ pattern: "x", include: "*.py" }],
    [{ pattern: "x", glob: "/etc/*" }],
  ])("refuses %j", async (args) => {
    expect((await grep(session, args)).isError).toBe(true);
  });

  it("takes nothing of a pattern for an option", async () => {
    put("evil.sh", `touch ${join(cwd, "ran")}\n`);
    for (const pattern of ["--pre=bash", "-e", "--pre", "-f/etc/passwd", "--files", "--version", "-r$0"]) {
      expect(await grep(session, { pattern })).toEqual({ text: "No matches found", isError: false });
      expect(await grep(session, { pattern, glob: "--pre=bash" })).toEqual({
        text: "No matches found",
        isError: false,
      });
    }
    expect(existsSync(join(cwd, "ran"))).toBe(false);
  });

  it("is not led by configuration or ignore files", async () => {
    put(".ripgreprc", "--invert-match\n");
    put(".gitignore", "*\n");
    put(".rgignore", "*\n");
    const led = await openSession(cwd, {
      sandbox: openTestSandbox({ ...(env ?? process.env), RIPGREP_CONFIG_PATH: join(cwd, ".ripgreprc") }),
    });
    expect((await grep(led, { pattern: "too$" })).text).toBe("sub/b.py:1: find me too");
  });

  it("ends quickly with a pattern and a text that would hang a backtracking engine", async () => {
    put("as.txt", `${"a".repeat(5000)}b\n`);
    expect((await grep(session, { pattern: "^(a+)+$", path: "." })).text).toBe("No matches found");
  });

  it("cuts long lines", async () => {
    put("wide.txt", `needle${"x".repeat(100_000)}\n`);
    expect((await grep(session, { pattern: "needle" })).text).toBe(`wide.txt:1: needle${"x".repeat(494)}… [truncated]`);
  });

  it("stops on abort", async () => {
    expect((await session.call("Grep", { pattern: "x" }, AbortSignal.abort(new Error("stop")))).text).toBe("stop");
  });
});
