import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createPermissionCheck, type PermissionMode } from "../../src/permission/index.ts";
import type { Tool } from "../../src/spec/index.ts";
import { fakeTool } from "../../src/testing/index.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "harness-protected-"));
  mkdirSync(join(cwd, ".harness"));
  symlinkSync(".harness", join(cwd, "innocent"));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

// Fake tools take any object.
const tool = (name: string, effect: Tool["effect"], parts: Partial<Tool> = {}): Tool =>
  fakeTool({ name, effect, ...parts } as Parameters<typeof fakeTool>[0]) as Tool;
const check = (mode: PermissionMode) =>
  createPermissionCheck({ mode, rules: { allow: ["*"] }, home: "/home/ada", protectedPaths: ["deploy/keys"] });
const bash = (command: string, mode: PermissionMode = "bypass"): string | undefined => {
  const answer = check(mode).decide({ tool: tool("Bash", "execute"), args: { command }, cwd });
  return answer.effect === "deny" ? answer.rule : undefined;
};

describe("protected files", () => {
  it.each([
    "echo x > .harness/policy.yml",
    "echo x >> ./src/../.harness/config.toml",
    "cd .harness && echo x > policy.yml",
    "echo x > innocent/policy.yml",
    "echo x > .HARNESS/policy.yml",
    "tee .harness/hooks.sh < x",
    "cp evil ~/.harness/policy.yml",
    "mv evil .git/hooks/pre-commit",
    "echo x >> .git/config",
    "echo 'alias ls=x' >> ~/.bashrc",
    "dd if=x of=/home/ada/.zshrc",
    "ln -s x .ssh/authorized_keys",
    "sudo tee /home/ada/.ssh/authorized_keys",
    "bash -c 'echo x > .harness/policy.yml'",
    "rm -rf .harness",
    "echo x > deploy/keys/prod.pem",
    "true && (echo x > '.har'ness/policy.yml)",
  ])("cannot be written by a command, in any mode and whatever is allowed: %s", (command) => {
    for (const mode of ["default", "accept_edits", "bypass"] as const)
      expect(bash(command, mode)).toBe("protected-paths");
  });

  it.each([
    "cat .harness/policy.yml",
    "git commit -m x",
    "echo x > notes.md",
    "ls .git/hooks > list.txt",
    "cp .bashrc backup",
    "npm test",
  ])("may be read, and others written: %s", (command) => {
    expect(bash(command)).toBeUndefined();
  });

  it("cannot be written by any tool that writes, by all its paths", () => {
    const decide = (made: Tool, args: Record<string, string | readonly string[]>): string | undefined =>
      check("bypass").decide({ tool: made, args: args as never, cwd }).rule;
    expect(decide(tool("Write", "write"), { file_path: ".harness/policy.yml" })).toBe("protected-paths");
    expect(decide(tool("Write", "write"), { file_path: ".git/index" })).toBe("protected-paths");
    expect(decide(tool("Move", "write", { pathArgs: ["to"] }), { to: "innocent/x" })).toBe("protected-paths");
    expect(decide(tool("Many", "write", { pathArgs: ["all"] }), { all: ["a", ".vscode/tasks.json"] })).toBe(
      "protected-paths",
    );
    expect(decide(tool("Read", "read"), { file_path: ".harness/policy.yml" })).toBe("*");
  });
});

describe("the matrix of modes", () => {
  const EFFECTS = ["read", "write", "execute", "network", "agent", "teleport"] as const;
  it.each([
    ["default", ["allow", "ask", "ask", "ask", "ask", "ask"]],
    ["accept_edits", ["allow", "allow", "ask", "ask", "ask", "ask"]],
    ["plan", ["allow", "deny", "deny", "deny", "deny", "deny"]],
    ["bypass", ["allow", "allow", "allow", "allow", "allow", "ask"]],
  ] as const)("%s gives %j", (mode, expected) => {
    const plain = createPermissionCheck({ mode });
    // As code without types would declare it.
    const answers = EFFECTS.map(
      (effect) => plain.decide({ tool: tool("X", effect as Tool["effect"]), args: {}, cwd }).effect,
    );
    expect(answers).toEqual(expected);
  });

  it("plan mode lets nothing but reading through, whatever rules allow; a denial goes before everything", () => {
    const plan = createPermissionCheck({ mode: "plan", rules: { allow: ["*"] } });
    for (const name of ["Task", "WebFetch", "Checkpoint", "mcp__x__y", "Custom"]) {
      const effect = name === "WebFetch" ? "network" : name === "Task" ? "agent" : "write";
      expect(plan.decide({ tool: tool(name, effect), args: {}, cwd }).effect).toBe("deny");
    }
    const denying = createPermissionCheck({ mode: "bypass", rules: { allow: ["*"], deny: ["Read"] } });
    expect(denying.decide({ tool: tool("Read", "read"), args: {}, cwd })).toMatchObject({
      effect: "deny",
      rule: "Read",
    });
  });

  it.each([
    { cmd: "echo x > .git/hooks/pre-commit" },
    { command: ["sh", "-c", "echo x > .git/hooks/pre-commit"] },
    { command: "tee", args: [".git/hooks/pre-commit"] },
  ])("are those of a command however a tool takes it: %j", (args) => {
    const answer = check("bypass").decide({ tool: tool("Shell", "execute"), args, cwd });
    expect(answer).toMatchObject({ effect: "deny", rule: "protected-paths" });
  });
});
