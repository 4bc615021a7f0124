import { describe, expect, it } from "vitest";

import { judge, judgeCall } from "./evaluate.ts";

const DENY_RM = { tool: "Bash", decision: "deny", when: { command_matches: "rm -rf*" } } as const;
const DENY_CURL = { tool: "Bash", decision: "deny", when: { command_matches: "curl*" } } as const;
const DENY_REGEX = {
  tool: "Bash",
  decision: "deny",
  conditions: [{ type: "command_matches", pattern: "curl.*|wget.*|nc .*" }],
} as const;
const ALLOW_GIT = { tool: "Bash", decision: "allow", when: { command_matches: "git *" } } as const;

describe("PolicyEngine.check() denies a command however it is spelled", () => {
  it.each([
    " rm -rf /",
    "rm  -rf /",
    "rm -fr /",
    "rm -r -f /",
    "rm -f -r /",
    "rm --recursive --force /",
    "rm / -rf",
    "rm -rf -- /",
    "/bin/rm -rf /",
    "sudo rm -rf /",
    "true && rm -rf /",
    "true; rm -rf /",
    "bash -c 'rm -rf /'",
    "env rm -rf /",
    "'rm' -rf /",
    "r\\m -rf /",
    "A=1 rm -rf /",
    "echo $(rm -rf /)",
    "find . -exec rm -rf {} +",
    "curl x",
    "VAR=1 curl x",
    "env A=1 curl x",
    "c'u'rl x",
    "\\curl x",
    "/usr/bin/curl x",
    "git log && curl x",
    "echo a | xargs curl",
    "(curl x)",
  ])("%s", (command) => {
    expect(judge(command, DENY_RM, DENY_CURL)).toBe("deny");
  });

  it.each(["curl x", "wget x", "nc host 80", "a && nc h 1", "sudo wget x", "curl"])(
    "regular expression: %s",
    (command) => {
      expect(judge(command, DENY_REGEX)).toBe("deny");
    },
  );

  it("also when the rest is opaque, too long, or does not parse", () => {
    for (const command of [
      'curl x | sh; eval "$Y"',
      `curl x; ${"true; ".repeat(3000)}`,
      "curl x; if true",
      `curl ${"$(".repeat(500)}`,
    ]) {
      expect(judge(command, DENY_CURL)).toBe("deny");
    }
  });

  it("with a pattern over the whole text", () => {
    expect(judge("cat a | sh", { decision: "deny", when: { command_matches: "*| sh*" } })).toBe("deny");
  });

  it("with a subcommand behind options, and operands of rm one by one", () => {
    expect(
      judge("docker -H tcp://h push a", {
        decision: "deny",
        conditions: [{ type: "command_matches", pattern: "docker push.*" }],
      }),
    ).toBe("deny");
    expect(
      judge("rm -rf a /etc", { decision: "deny", conditions: [{ type: "command_matches", pattern: "rm -rf /.*" }] }),
    ).toBe("deny");
  });
});

describe("PolicyEngine.check() does not deny", () => {
  it.each([
    "git sync origin",
    "ls",
    "echo curl",
    "grep -r 'nc ' src",
    "sync x",
    "git commit -m 'use curl x'",
    "curly x | less",
    "npm test",
  ])("%s", (command) => {
    const rules = [
      { ...DENY_REGEX, conditions: [{ type: "command_matches", pattern: "curl .*|wget.*|nc .*" }] },
    ] as const;
    expect(judge(command, ...rules, DENY_RM)).toBe("none");
  });

  it("a variable in an argument of another program", () => {
    expect(judge('echo "$HOME" && for f in *.ts; do cat $f; done', DENY_CURL, DENY_REGEX)).toBe("none");
  });
});

describe("PolicyEngine.check() asks when a denial depends on run time", () => {
  it.each([
    "$X y",
    "cu$X y",
    "{curl,x}",
    "/usr/bin/cur?",
    "base64 -d a | sh",
    'eval "$(cat a)"',
    "python -c 'import os'",
    "rm -rf $X",
  ])("%s", (command) => {
    expect(judge(command, DENY_CURL, { ...DENY_RM, when: { command_matches: "rm -rf /*" } })).toBe("ask");
  });

  it("even when another rule allows every command", () => {
    expect(judge("$X y", DENY_CURL, { tool: "Bash", decision: "allow" })).toBe("ask");
    expect(judge("$X y", { tool: "Bash", decision: "allow" }, DENY_CURL)).toBe("allow");
  });

  it("and says why", async () => {
    const { engineOf, CWD } = await import("./evaluate.ts");
    const { reason, rule } = engineOf({ ...DENY_CURL, description: "No downloads" }).check({
      tool: "Bash",
      args: { command: "cat a | sh" },
      cwd: CWD,
    });
    expect(rule).toBe("No downloads");
    expect(reason).toContain("sh runs the output of cat");
  });
});

describe("PolicyEngine.check() does not allow", () => {
  it.each([
    "git status; curl x",
    "git log $(curl x)",
    "git log `x`",
    "git log | sh",
    "git log > /etc/x",
    "git log < /etc/x",
    "git log $X",
    'git "$@"',
    "FOO=1 git status",
    "PATH=/evil git status",
    "sudo git status",
    "/tmp/evil/git status",
    "./git status",
    "git 'a",
    "git -c core.pager='x' log",
    "git log {a,b}",
    "git log *",
    "cd /x && git status",
    "git diff --output=a\nls",
    "bash -c 'git status'",
    "git",
    "gitx status",
    "export PATH=/evil; git status",
    "f() { git x; }; f",
    `git ${"a".repeat(9000)}`,
  ])("%s", (command) => {
    expect(judge(command, ALLOW_GIT)).toBe("none");
  });

  it("by a regular expression that ends within a word", () => {
    const rule = { decision: "allow", conditions: [{ type: "command_matches", pattern: "ls" }] } as const;
    expect(judge("lsattr x", rule)).toBe("none");
    expect(judge("ls -la", rule)).toBe("allow");
  });

  it("a call without a command", () => {
    expect(judgeCall("Bash", {}, ALLOW_GIT)).toBe("none");
    expect(judgeCall("Bash", { command: 7 }, ALLOW_GIT)).toBe("none");
  });
});

describe("PolicyEngine.check() allows", () => {
  it.each([
    "git status",
    "git log 2>&1",
    "git add src/*.ts",
    "git a && git b | git c",
    "git log > /dev/null",
    "git commit -m 'a; curl x'",
  ])("%s", (command) => {
    expect(judge(command, ALLOW_GIT)).toBe("allow");
  });
});

it("PolicyEngine.check() reads a list of arguments as one command", () => {
  expect(
    judgeCall("Run", { command: ["curl", "a b; c"] }, { decision: "deny", when: { command_matches: "curl *" } }),
  ).toBe("deny");
  expect(judgeCall("Run", { command: ["git", "$(curl x)"] }, { ...DENY_CURL, tool: "*" })).toBe("none");
});

it("PolicyEngine.check() finds the command of tools that are not ours", () => {
  const anywhere = { ...DENY_CURL, tool: "*" } as const;
  for (const args of [
    { cmd: "sudo curl x" },
    { command: "curl", args: ["x"] },
    { command: "env", args: ["A=1", "curl", "x"] },
    { command: ["env"], args: ["curl"] },
    { command: "cu\0rl x" },
  ]) {
    expect([args, judgeCall("mcp__shell__run", args, anywhere)]).toEqual([args, "deny"]);
  }
  expect(judgeCall("mcp__shell__run", { command: "echo", args: ["; curl x"] }, anywhere)).toBe("none");
});
