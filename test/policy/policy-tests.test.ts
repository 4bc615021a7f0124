import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { PolicyError } from "../../src/errors/index.ts";
import {
  backtestCall,
  findPolicyTests,
  PolicyEngine,
  readPolicyTests,
  runPolicyTests,
} from "../../src/policy/index.ts";
import { CWD, engineOf } from "./evaluate.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "policy-tests-"));
});
afterEach(() => rm(folder, { recursive: true }));
const write = async (name: string, text: string): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
};
const POLICY = [
  { tool: "Bash", decision: "deny", description: "no curl", when: { command: { program: "curl" } } },
  { tool: "Write", decision: "ask", description: "ask", when: { tainted: true } },
] as const;

describe("readPolicyTests()", () => {
  it.each([
    ["tests: []", 'needs "version: 1"'],
    ["version: 1\ntests: []", "no tests"],
    ["version: 1\ntests:\n  - tool: Bash", 'needs "expect"'],
    ["version: 1\ntests:\n  - { tool: Bash, expect: dney }", 'Did you mean "deny"?'],
    ["version: 1\ntests:\n  - { tool: Bash, expekt: deny }", 'Did you mean "expect"?'],
    ["version: 1\ntests:\n  - { tool: Bash, command: [a], expect: deny }", "must be a text"],
    ["version: 1\ntests:\n  - { tool: Bash, args: a, expect: deny }", "must be a map"],
    ["version: 1\ntests:\n  - { tool: Bash, tainted: 1, expect: deny }", "true or false"],
  ])("refuses %j", async (text, message) => {
    const file = await write("a.test.yml", text);
    await expect(readPolicyTests(file)).rejects.toThrow(message);
    await expect(readPolicyTests(file)).rejects.toBeInstanceOf(PolicyError);
  });

  it("says so when the file is not there", async () => {
    await expect(readPolicyTests(join(folder, "none.yml"))).rejects.toBeInstanceOf(PolicyError);
  });
});

describe("runPolicyTests()", () => {
  it("tells what failed, where it stands, and which rules no test matches", async () => {
    const file = await write(
      "policy.test.yml",
      [
        "version: 1",
        "tests:",
        "  - { tool: Bash, command: curl x, expect: deny, rule: no curl }",
        "  - { tool: Bash, command: curl x, expect: deny, rule: another }",
        "  - { tool: Bash, command: ls, expect: deny }",
        "  - { tool: Read, path: a, expect: none }",
      ].join("\n"),
    );
    const report = runPolicyTests(engineOf(...POLICY), await readPolicyTests(file), { cwd: CWD });
    expect(report.results.map(({ ok, test }) => [ok, test.line])).toEqual([
      [true, 3],
      [false, 4],
      [false, 5],
      [true, 6],
    ]);
    expect(report.ok).toBe(false);
    expect(report.untested.map(({ rule }) => rule)).toEqual(["ask"]);
  });

  it("reads TOML, contexts and arguments, and tests what a simulated policy would answer", async () => {
    const file = await write(
      "policy.test.toml",
      'version = 1\n[[tests]]\ntool = "Write"\ntainted = true\nargs = { file_path = "a" }\nexpect = "ask"\nrule = "ask"\n',
    );
    const engine = new PolicyEngine({ layers: [{ policy: { rules: POLICY } }], simulation: true });
    expect(runPolicyTests(engine, await readPolicyTests(file)).ok).toBe(true);
  });

  it("finds tests beside their policies", async () => {
    const file = await write("team.test.yaml", "version: 1");
    expect(await findPolicyTests([join(folder, "team.yml"), join(folder, "other.yml")])).toEqual([file]);
  });
});

describe("backtestCall()", () => {
  const call = { tool: "Bash", args: { command: "curl x" }, cwd: CWD };

  it("gives what would change and in which direction", () => {
    const engine = engineOf(...POLICY);
    expect(backtestCall(engine, { call, before: "deny", place: "" })).toBeUndefined();
    expect(backtestCall(engine, { call, before: "allow", place: "" })).toMatchObject({
      after: "deny",
      rule: "no curl",
      isStricter: true,
    });
    expect(backtestCall(engineOf(), { call, before: "deny", place: "" })).toMatchObject({
      after: "none",
      isStricter: false,
    });
    expect(backtestCall(engine, { call, before: undefined, place: "" })).toMatchObject({
      after: "deny",
      isStricter: true,
    });
  });
});
