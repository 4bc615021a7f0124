import { describe, expect, it } from "vitest";

import { NO_LABELS } from "../../src/labels/index.ts";
import { createPermissionCheck, type PermissionMode, type PermissionRules } from "../../src/permission/index.ts";
import type { JsonObject, Tool, ToolEffect } from "../../src/spec/index.ts";

const CWD = "/work-of-nobody/project";
const EFFECTS: Readonly<Record<string, ToolEffect>> = {
  Read: "read",
  Glob: "read",
  Grep: "read",
  ToolSearch: "read",
  AskUser: "read",
  TodoWrite: "read",
  Write: "write",
  Edit: "write",
  Checkpoint: "write",
  Bash: "execute",
  WebFetch: "network",
  Task: "agent",
  mcp__postgres__query: "network",
  mcp__docs__read: "read",
  custom: "execute",
};

function tool(name: string, more: Partial<Tool> = {}): Tool {
  // The check reads a tool's name, effect and path arguments only.
  return { name, effect: EFFECTS[name], ...more } as Tool;
}

function decide(mode: PermissionMode, name: string, args: JsonObject = {}, rules: PermissionRules = {}): string {
  return createPermissionCheck({ mode, rules, home: "/home/nobody" }).decide({ tool: tool(name), args, cwd: CWD })
    .effect;
}

describe("createPermissionCheck() refuses", () => {
  // As code without types would write it.
  const make = (options: object) => () => createPermissionCheck(options as never);

  it("a mode that does not exist, with the nearest one", () => {
    expect(make({ mode: "plann" })).toThrow(/Did you mean "plan"/);
    expect(make({ mode: "policy" })).toThrow(TypeError);
    expect(make({ mode: "__proto__" })).toThrow(TypeError);
  });

  it.each([
    [{ denny: ["Bash"] }, /Did you mean "deny"/],
    [{ deny: "Bash" }, /must be a list/],
    [{ deny: [""] }, /must look like/],
    [{ deny: ["Bash("] }, /must look like/],
    [{ deny: ["Edit|Write"] }, /must look like/],
    [{ deny: ["{Edit,Write}(a)"] }, /must look like/],
    [{ deny: [{ tool: "Edit, Write" }] }, /must be a text such as/],
    [{ deny: ["Bash()"] }, /must look like/],
    [{ deny: ["Bash (git *)"] }, /must look like/],
    [{ deny: [7] }, /must be a text/],
    [{ deny: [{ args: {} }] }, /must be a text/],
    [{ deny: [{ tool: "Bash", arg: {} }] }, /Did you mean "args"/],
    [{ deny: [{ tool: "Bash", args: { command: 7 } }] }, /must be a glob/],
    [{ deny: [{ tool: "Bash", args: ["rm"] }] }, /must be a map/],
  ])("the rules %j", (rules, message) => {
    expect(make({ rules })).toThrow(message);
  });
});

describe("createPermissionCheck() by mode", () => {
  const table: readonly (readonly [string, string, string, string, string])[] = [
    ["Read", "allow", "allow", "allow", "allow"],
    ["Glob", "allow", "allow", "allow", "allow"],
    ["Grep", "allow", "allow", "allow", "allow"],
    ["ToolSearch", "allow", "allow", "allow", "allow"],
    ["AskUser", "allow", "allow", "allow", "allow"],
    ["TodoWrite", "allow", "allow", "allow", "allow"],
    ["mcp__docs__read", "allow", "allow", "allow", "allow"],
    ["Write", "ask", "allow", "deny", "allow"],
    ["Edit", "ask", "allow", "deny", "allow"],
    ["Checkpoint", "ask", "allow", "deny", "allow"],
    ["Bash", "ask", "ask", "deny", "allow"],
    ["Task", "ask", "ask", "deny", "allow"],
    ["WebFetch", "ask", "ask", "deny", "allow"],
    ["mcp__postgres__query", "ask", "ask", "deny", "allow"],
    ["custom", "ask", "ask", "deny", "allow"],
    ["undeclared", "ask", "ask", "deny", "ask"],
  ];

  it.each(table)("%s: default %s, accept_edits %s, plan %s, bypass %s", (name, ...expected) => {
    const modes = ["default", "accept_edits", "plan", "bypass"] as const;
    expect(modes.map((mode) => decide(mode, name))).toEqual(expected);
  });

  it("says that nobody wrote a rule, and why", () => {
    const answer = createPermissionCheck({ mode: "plan" }).decide({ tool: tool("Task"), args: {} });
    expect(answer).toMatchObject({ effect: "deny", basis: "default" });
    expect(answer.reason).toContain("plan mode");
  });
});

describe("createPermissionCheck() by rules", () => {
  it.each([
    ["a denial beats bypass", "bypass", "Read", {}, { deny: ["Read"] }, "deny"],
    ["a denial beats an allowance", "bypass", "Bash", {}, { deny: ["Bash"], allow: ["Bash"] }, "deny"],
    ["a denial beats a question", "default", "Bash", {}, { deny: ["Bash"], ask: ["Bash"] }, "deny"],
    ["a question beats an allowance", "bypass", "Bash", {}, { ask: ["*"], allow: ["Bash"] }, "ask"],
    ["an allowance beats the mode", "default", "Bash", {}, { allow: ["Bash"] }, "allow"],
    ["an allowance does not beat plan mode", "plan", "Bash", {}, { allow: ["Bash"] }, "deny"],
    ["a question holds in plan mode", "plan", "Read", {}, { ask: ["Read"] }, "ask"],
    ["globs of tools", "bypass", "mcp__postgres__query", {}, { deny: ["mcp__*"] }, "deny"],
    ["no match of another tool", "default", "Write", {}, { allow: ["Bash"] }, "ask"],
    [
      "an argument that matches",
      "bypass",
      "Bash",
      { command: "rm -rf /" },
      { deny: [{ tool: "Bash", args: { command: "rm *" } }] },
      "deny",
    ],
    [
      "an argument that does not",
      "bypass",
      "Bash",
      { command: "ls" },
      { deny: [{ tool: "Bash", args: { command: "rm *" } }] },
      "allow",
    ],
    [
      "an argument that is absent",
      "default",
      "Write",
      {},
      { allow: [{ tool: "Write", args: { file_path: "*.py" } }] },
      "ask",
    ],
    [
      "an argument by its glob",
      "default",
      "Write",
      { file_path: "main.py" },
      { allow: [{ tool: "Write", args: { file_path: "*.py" } }] },
      "allow",
    ],
    [
      "all arguments",
      "default",
      "Edit",
      { file_path: "a", old_string: "b" },
      { allow: [{ tool: "Edit", args: { file_path: "a", old_string: "c" } }] },
      "ask",
    ],
    [
      "an argument of the prototype",
      "bypass",
      "Bash",
      {},
      { deny: [{ tool: "Bash", args: { toString: "*" } }] },
      "allow",
    ],
    [
      "the address of a fetch",
      "default",
      "WebFetch",
      { url: "https://a.test/x" },
      { allow: ["WebFetch(https://a.test/*)"] },
      "allow",
    ],
    ["the pattern of a search", "bypass", "Glob", { pattern: "*.env" }, { deny: ["Glob(*.env)"] }, "deny"],
  ] as const)("%s", (_, mode, name, args, rules, expected) => {
    expect(decide(mode, name, args, rules)).toBe(expected);
  });

  it.each(["curl x", "a && curl x", "sudo curl x", "c'u'rl x", "bash -c 'curl x'", "echo $(curl x)", "A=1 curl x"])(
    "denies %s by Bash(curl *)",
    (command) => {
      expect(decide("bypass", "Bash", { command }, { deny: ["Bash(curl *)"] })).toBe("deny");
    },
  );

  it.each(["$X y", "cat a | sh", "cur? x"])("asks about %s when Bash(curl *) is denied", (command) => {
    expect(decide("bypass", "Bash", { command }, { deny: ["Bash(curl *)"], allow: ["Bash"] })).toBe("ask");
  });

  it.each([
    "git log; rm a",
    "git log $(rm a)",
    "git log > a",
    "git $X",
    "sudo git log",
    "/x/git log",
    "A=1 git log",
    "git log | sh",
    "git 'x",
  ])("does not allow %s by Bash(git *)", (command) => {
    expect(decide("default", "Bash", { command }, { allow: ["Bash(git *)"] })).toBe("ask");
    expect(decide("default", "Bash", { command: "git log 'a; b'" }, { allow: ["Bash(git *)"] })).toBe("allow");
  });

  it.each([
    [".env", "deny"],
    ["a/../.env", "deny"],
    [`${CWD}/x/.env`, "deny"],
    ["a.txt", "allow"],
  ])("denies Read(*.env) on %s: %s", (file_path, expected) => {
    expect(decide("bypass", "Read", { file_path }, { deny: ["Read(*.env)"] })).toBe(expected);
  });

  it.each([
    ["src/a", "allow"],
    ["./src/a", "allow"],
    [`${CWD}/src/a`, "allow"],
    ["src/../../etc/x", "ask"],
    ["/etc/x", "ask"],
    ["~/x", "ask"],
  ])("allows Write(src/*) on %s: %s", (file_path, expected) => {
    expect(decide("default", "Write", { file_path }, { allow: ["Write(src/*)"] })).toBe(expected);
    expect(decide("default", "Write", { file_path: "/etc/x" }, { allow: ["Write(*)"] })).toBe("ask");
  });

  it("judges the paths that a tool names", () => {
    const check = createPermissionCheck({ mode: "bypass", rules: { deny: ["Copy(/etc/*)"] } });
    const call = {
      tool: tool("Copy", { effect: "write", pathArgs: ["target"] }),
      args: { target: "../../etc/x" },
      cwd: CWD,
    };
    expect(check.decide(call)).toMatchObject({ effect: "deny", basis: "rule", rule: "Copy(/etc/*)" });
  });

  it("is a check of the gate", async () => {
    const check = createPermissionCheck({ rules: { allow: ["Bash(ls)"] } });
    const call = { id: "1", tool: tool("Bash"), args: { command: "ls" }, input: {} };
    const scope = {
      cwd: CWD,
      sessionId: "s",
      agent: "main",
      labels: NO_LABELS,
      canAsk: false,
      signal: new AbortController().signal,
    };
    expect(await check.check(call, scope)).toMatchObject({ effect: "allow", basis: "rule", rule: "Bash(ls)" });
  });
});

describe("rules as other tools write them", () => {
  const bash = (command: string, rules: PermissionRules): string => decide("bypass", "Bash", { command }, rules);

  it.each(["bash", "BASH", "bAsH*", "bash(git *)"])("a denial of %j is one of Bash", (rule) => {
    expect(bash("git push", { deny: [rule] })).toBe("deny");
    expect(bash("git push", { ask: [rule] })).toBe("ask");
  });

  it("an allowance is of the tool that it names", () => {
    expect(decide("default", "Bash", { command: "ls" }, { allow: ["bash"] })).toBe("ask");
  });

  it.each(["git push", "git push origin main", "sudo git push -f", "true; g'i't push"])(
    "a denial of git push:* is one of %j",
    (command) => {
      expect(bash(command, { deny: ["Bash(git push:*)"] })).toBe("deny");
      expect(bash(command, { ask: ["Bash(git push:*)"] })).toBe("ask");
    },
  );

  it.each(["git pushes", "git pull", "echo git push"])("and none of %j", (command) => {
    expect(bash(command, { deny: ["Bash(git push:*)"] })).toBe("allow");
  });

  it("a colon may belong to the text", () => {
    expect(bash("docker pull node:18", { deny: ["Bash(docker pull node:*)"] })).toBe("deny");
    const allowed = { allow: ["Bash(docker pull node:*)"] };
    expect(decide("default", "Bash", { command: "docker pull node:18" }, allowed)).toBe("allow");
    expect(decide("default", "Bash", { command: "docker pull node evil" }, allowed)).toBe("ask");
  });

  it.each([
    ["https://example.com/a", "deny"],
    ["https://EXAMPLE.com.:8443/", "deny"],
    ["https://docs.example.com", "deny"],
    ["https://evilexample.com/", "allow"],
    ["https://elsewhere.org/?u=example.com", "allow"],
  ])("WebFetch(domain:example.com) means %j: %s", (url, expected) => {
    expect(decide("bypass", "WebFetch", { url }, { deny: ["WebFetch(domain:example.com)"] })).toBe(expected);
    const allowed = decide("default", "WebFetch", { url }, { allow: ["WebFetch(domain:*.example.com)"] });
    expect(allowed).toBe(expected === "deny" ? "allow" : "ask");
  });

  it.each(["example.com/a", "//example.com", "not an address"])(
    "%j, of which nobody can tell the host, is denied",
    (url) => {
      expect(decide("bypass", "WebFetch", { url }, { deny: ["WebFetch(domain:example.com)"] })).toBe("deny");
      expect(decide("default", "WebFetch", { url }, { allow: ["WebFetch(domain:example.com)"] })).toBe("ask");
    },
  );

  it.each([
    { cmd: "rm -rf /" },
    { command: ["rm", "-rf", "/"] },
    { command: "rm", args: ["-rf", "/"] },
    { command: "env", args: ["rm", "-rf", "/"] },
  ])("a rule about commands means %j too", (args) => {
    expect(decide("bypass", "Shell", args, { deny: ["Shell(rm -rf *)"] })).toBe("deny");
    expect(decide("default", "Shell", args, { allow: ["Shell(rm)", "Shell(env)", "Shell(env rm)"] })).toBe("ask");
  });

  it("an allowance of a program with its arguments holds however a tool takes them", () => {
    expect(decide("default", "Shell", { command: "ls", args: ["-l"] }, { allow: ["Shell(ls *)"] })).toBe("allow");
    expect(decide("default", "Shell", { cmd: "ls -l" }, { allow: ["Shell(ls *)"] })).toBe("allow");
  });
});
