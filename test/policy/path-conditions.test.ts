import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { PolicyRule } from "../../src/policy/index.ts";
import { CWD, engineOf, judge, judgeCall } from "./evaluate.ts";

const rule = (decision: "allow" | "deny" | "ask", when: PolicyRule["when"] = {}): PolicyRule => ({ decision, when });
const regex = (decision: "allow" | "deny", pattern: string): PolicyRule => ({
  decision,
  conditions: [{ type: "path_matches", pattern }],
});

describe("PolicyEngine.check() with path_matches", () => {
  it.each([
    ["*.env", { file_path: "config.env" }, "deny"],
    ["*.env", { path: ".env" }, "deny"],
    ["*.env", { file_path: "a/b/.env" }, "deny"],
    ["*.env", { file_path: "a/../.env/." }, "deny"],
    ["*.env", { file_path: "a.txt" }, "none"],
    ["*.env", {}, "none"],
    ["src/**", { file_path: "src/main.py" }, "deny"],
    ["src/**", { file_path: "./x/../src/main.py" }, "deny"],
    ["src/**", { file_path: `${CWD}/src/main.py` }, "deny"],
    ["src/**", { file_path: "tests/test.py" }, "none"],
    ["/etc/**", { file_path: "../../etc/passwd" }, "deny"],
    ["~/.ssh/**", { file_path: "/home/nobody/.ssh/id_rsa" }, "deny"],
    ["~/.ssh/**", { file_path: "~/.ssh/id_rsa" }, "deny"],
    [".git/", { file_path: ".git/hooks/x" }, "deny"],
    ["app/(auth)/**", { file_path: "app/(auth)/key.ts" }, "deny"],
    ["app/(auth|admin)/**", { file_path: "app/admin/key.ts" }, "deny"],
    ["*(1).pem", { file_path: "key(1).pem" }, "deny"],
    ["*.env", { paths: [".env"] }, "deny"],
    ["*.env", { thing: ".env" }, "none"],
  ] as const)("deny %s on %j: %s", (glob, args, expected) => {
    expect(judgeCall("Write", args, rule("deny", { path_matches: glob }))).toBe(expected);
  });

  it.each([
    ["src/**", "src/a.py", "allow"],
    ["src/**", "./src/a.py", "allow"],
    ["src/**", `${CWD}/src/a.py`, "allow"],
    ["app/(auth)/**", "app/(auth)/a.py", "allow"],
    ["app/(auth)/**", "app/auth/a.py", "none"],
    ["src/**", "src/../../etc/x", "none"],
    ["src/**", `${CWD}-evil/src/a.py`, "none"],
    ["src/**", "../src/a.py", "none"],
    ["*.md", "/etc/a.md", "none"],
    ["**", "/etc/passwd", "none"],
    ["**", ".", "allow"],
    ["/etc/**", "/etc/a", "allow"],
    ["*.md", "~/a.md", "none"],
    ["*", "a\0b", "none"],
  ] as const)("allow %s on %s: %s", (glob, path, expected) => {
    expect(judgeCall("Edit", { file_path: path }, rule("allow", { path_matches: glob }))).toBe(expected);
  });

  it.each([
    ["src/.*\\.py$", "src/a.py", "allow"],
    ["src/.*\\.py$", `${CWD}/src/a.py`, "allow"],
    ["/src/.*\\.py$", "src/a.py", "allow"],
    ["^/work-of-nobody/project/.*", "a", "allow"],
    ["src/.*\\.py$", "/etc/passwd", "none"],
    ["src/.*\\.py$", "/other/src/a.py", "none"],
    ["src/.*\\.py$", "src/../../other/src/a.py", "none"],
    ["^/etc", "etc/passwd", "none"],
    ["project", "/work-of-nobody/project/../x", "none"],
  ])("allow regular expression %s on %s: %s", (pattern, path, expected) => {
    expect(judgeCall("Edit", { file_path: path }, regex("allow", pattern))).toBe(expected);
  });

  it("judges every path of a call, and the arguments that a tool names", () => {
    const policy = engineOf(rule("deny", { path_matches: "*.env" }), rule("allow", { path_matches: "src/**" }));
    const call = { tool: "Copy", args: { file_path: "src/a", thing: ".env" }, cwd: CWD };
    expect(policy.check(call).effect).toBe("allow");
    expect(policy.check({ ...call, pathArgs: ["thing"] }).effect).toBe("deny");
    expect(policy.check({ ...call, args: { file_path: "src/a", thing: "b" }, pathArgs: ["thing"] }).effect).toBe(
      "none",
    );
  });

  it.each([
    ["echo a > .env", "deny"],
    ["echo a | tee .env", "deny"],
    ["cp a x/.env", "deny"],
    ["cd x && echo a > .env", "deny"],
    ["rm *.env", "deny"],
    ["echo a > $X", "ask"],
    ["python -c 'import os'", "ask"],
    ["echo a > b", "none"],
    ["cat .env", "deny"],
  ])("judges what the shell reads and writes: %s: %s", (command, expected) => {
    expect(judge(command, { tool: "Bash", ...rule("deny", { path_matches: "*.env" }) })).toBe(expected);
  });

  it.each([
    ["echo a > src/b", "allow"],
    ["echo a > b", "none"],
    ["cd x && echo a > src/b", "none"],
    ["echo a > src/$X", "none"],
    ["ls > src/b", "none"],
  ])("allows a redirection only where the rule judges paths: %s: %s", (command, expected) => {
    expect(judge(command, rule("allow", { command_matches: "echo *", path_matches: "src/**" }))).toBe(expected);
  });
});

describe("PolicyEngine.check() with not_path_matches", () => {
  it.each([
    ["src/../../etc/x", "deny"],
    [`${CWD}/src/a`, "none"],
    ["./src/a", "none"],
    ["b", "deny"],
  ])("denies outside of src/*: %s: %s", (path, expected) => {
    expect(judgeCall("Write", { file_path: path }, rule("deny", { not_path_matches: "src/*" }))).toBe(expected);
  });

  it("holds without a path for a denial and never for an allowance", () => {
    expect(judgeCall("Write", {}, rule("deny", { not_path_matches: "src/*" }))).toBe("deny");
    expect(judgeCall("Write", {}, rule("allow", { not_path_matches: "src/*" }))).toBe("none");
    expect(judgeCall("Write", { file_path: "config.env" }, rule("allow", { not_path_matches: "*.env" }))).toBe("none");
    expect(judgeCall("Write", { file_path: "src/main.py" }, rule("allow", { not_path_matches: "*.env" }))).toBe(
      "allow",
    );
  });

  it("holds together with path_matches", () => {
    const both = rule("allow", { path_matches: "src/**", not_path_matches: "*.env" });
    expect(judgeCall("Write", { file_path: "src/main.py" }, both)).toBe("allow");
    expect(judgeCall("Write", { file_path: "src/.env" }, both)).toBe("none");
  });
});

describe("PolicyEngine.check() with content_matches", () => {
  it.each([
    [{ content: "x\nimport  os" }, "deny"],
    [{ new_string: "import os" }, "deny"],
    [{ edits: [{ new_string: "import os" }] }, "deny"],
    [{ content: "import json" }, "none"],
    [{ file_path: "import os" }, "none"],
  ])("%j: %s", (args, expected) => {
    expect(judgeCall("Write", args, rule("deny", { content_matches: "import\\s+os" }))).toBe(expected);
  });

  it("allows only when there is content and all of it matches", () => {
    const allow = rule("allow", { content_matches: "^a+$" });
    expect(judgeCall("Write", {}, allow)).toBe("none");
    expect(judgeCall("Write", { content: "aa", text: "b" }, allow)).toBe("none");
    expect(judgeCall("Write", { content: "aa" }, allow)).toBe("allow");
  });

  it("takes linear time whatever the pattern", () => {
    // An engine that backtracks does not come back from this one: the test's time limit is the assertion.
    expect(
      judgeCall("Write", { content: `${"a".repeat(50_000)}b` }, rule("deny", { content_matches: "^(a+)+$" })),
    ).toBe("none");
  });
});

describe("PolicyEngine.check() with symbolic links", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = await realpath(await mkdtemp(join(tmpdir(), "policy-")));
    await mkdir(join(cwd, "src"));
    await writeFile(join(cwd, ".env"), "");
    await symlink(join(cwd, ".env"), join(cwd, "src", "a.txt"));
    await symlink("/etc", join(cwd, "src", "etc"));
  });
  afterAll(() => rm(cwd, { recursive: true }));

  it("denies what a link leads to and allows only where it leads to", () => {
    const call = (path: string) => ({ tool: "Write", args: { file_path: path }, cwd });
    const deny = engineOf(rule("deny", { path_matches: "*.env" }));
    const allow = engineOf(rule("allow", { path_matches: "src/**" }));
    expect(deny.check(call("src/a.txt")).effect).toBe("deny");
    expect(allow.check(call("src/a.txt")).effect).toBe("none");
    expect(allow.check(call("src/etc/new")).effect).toBe("none");
    expect(allow.check(call("src/b.txt")).effect).toBe("allow");
  });
});
