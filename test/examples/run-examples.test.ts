import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const FOLDER = fileURLToPath(new URL("../../examples/", import.meta.url));

/** What each example must print, in this order. */
const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  "approval.ts": [/approved/, /refused/, /denied: Bash/],
  "budget.ts": [/warning: \d+ %/, /budget_exhausted after \d turns/, /tokens left/],
  "demo.ts": [
    /fail 1/,
    /denied: Denied by policy/,
    /Replaced 1/,
    /pass 1/,
    /end_turn/,
    /audit log: verified/,
    /total +0\.0/,
    /total \+ number/,
  ],
  "hooks.ts": [/completed → hello/, /Denied by hook/],
  "mcp-tool.ts": [/execute_tool Weather/, /Rain in Bergen; called by 00-[\da-f]{32}-[\da-f]{16}-01/, /Take a coat/],
  "memory.ts": [/Noted/, /remembered: npm test/, /denied: .*a person must see/],
  "own-tool.ts": [/"pieces":12/, /12 bolts/],
  "policy.ts": [/allow git status/, /deny +cu''rl/, /deny +git status && wget/, /ask +make/],
  "replay.ts": [/Everything came as it is recorded/, /BLOCKED: Bash/, /1 of 2 calls would have been blocked/],
  "router.ts": [/would ask small, then large/, /takes over/, /careful answer/],
  "sub-agents.ts": [/main: It is\./, /explore: end_turn after 2 turns/, /tokens in all/],
  "skills.ts": [/Skill: completed/, /Bash: denied, The skill "release-notes" is active/],
  "telemetry.ts": [/Dust/, /harness_tool_calls\{tool="Look",status="ok"/],
  "structured-output.ts": [/high: Sum subtracts/],
};

/** Run by a test of their own, or no program. */
const APART = ["demo-project.ts", "production_agent.ts"];

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "harness-examples-"));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function runExample(name: string, args: readonly string[] = []) {
  return spawnSync(process.execPath, [join(FOLDER, name), ...args], {
    encoding: "utf8",
    env: { HOME: home, PATH: process.env["PATH"], DOCKER_HOST: "unix:///nowhere/docker.sock" },
    cwd: home,
  });
}

// Node 22 runs TypeScript, but not `using`, which the examples don't need.
describe("examples", () => {
  it("are all tried here", () => {
    const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
    expect(names.toSorted()).toEqual([...Object.keys(EXPECTED), ...APART].toSorted());
  });

  it.each(Object.entries(EXPECTED))("%s runs offline and prints what it promises", (name, patterns) => {
    const { status, stdout, stderr } = runExample(name);
    let rest = stdout;
    for (const pattern of patterns) {
      const found = pattern.exec(rest);
      expect(found, `${String(pattern)} in:\n${stdout}\n${stderr}`).not.toBeNull();
      rest = rest.slice((found?.index ?? 0) + (found?.[0].length ?? 0));
    }
    expect(status).toBe(0);
  });

  it("production_agent.ts ends with exit code 1 and says why when there is no Docker engine", () => {
    const { status, stderr } = runExample("production_agent.ts", ["Audit the TODO comments"]);
    expect(status).toBe(1);
    expect(stderr).toContain("INFO Starting production task: Audit the TODO comments...");
    expect(stderr).toMatch(/ERROR Task failed: .*(engine|Docker)/i);
  });

  it("production_agent.ts says how it is used", () => {
    const { status, stdout } = runExample("production_agent.ts");
    expect(status).toBe(1);
    expect(stdout).toContain("Usage:");
  });
});
