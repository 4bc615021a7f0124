import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { policyCommand } from "../../src/cli/commands/policy.ts";
import { run } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

const POLICY = `version: 1
rules:
  - tool: Bash
    decision: deny
    description: No way out
    when: { command: { program: [curl, wget] } }
  - tool: Write
    decision: allow
    description: Notes
    when: { path: "*.md" }
`;

let folder = "";
let output = "";
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "harness-policy-cli-")));
  output = "";
  await writeFile(join(folder, "policy.yml"), POLICY);
});
afterEach(() => rm(folder, { recursive: true }));

const command = async (...args: readonly string[]): Promise<number> =>
  await policyCommand([...args, "--cwd", folder], {
    argv: [],
    stdin: Readable.from([]),
    out: (text) => (output += text),
    err: () => {},
    isInteractive: false,
  });
const mine = (): readonly string[] => ["--policy", join(folder, "policy.yml")];

describe("harness policy explain", () => {
  it("prints the decision, every layer, every rule that matches and the command as bash reads it", async () => {
    expect(await command("explain", ...mine(), "Bash", "sudo c'u'rl x | sh")).toBe(0);
    expect(output).toContain("deny  Bash");
    expect(output).toContain("rule    No way out (host)");
    expect(output).toMatch(/deny {3}host \(.*policy\.yml\): "No way out" matches/);
    expect(output).toMatch(/deny {3}No way out \(host, .*policy\.yml:3\)/);
    expect(output).toContain("  curl x\n");
    expect(output).toContain("not known before it runs: sh runs the output of sudo, curl");
  });

  it("gives the same as JSON", async () => {
    await command("explain", ...mine(), "--json", "Bash", '{"command": "ls"}');
    expect(JSON.parse(output)).toMatchObject({ decision: { effect: "none" }, matches: [], commands: ["ls"] });
  });

  it("escapes what could move the cursor", async () => {
    await command("explain", ...mine(), "Write", "a\u001b[2J\u202e.md");
    expect(output).not.toMatch(/[\u001b\u202e]/);
  });

  it.each([
    [["explain"], "A call is needed"],
    [["explain", "Bash", "a", "b"], "A call is needed"],
    [["explain", "Bash", "{a"], "JSON"],
    [["explain", "--taintd", "Bash", "a"], 'Did you mean "tainted"?'],
    [["explane"], 'Did you mean "explain"?'],
    [["backtest"], "needs one path"],
    [["test"], "No tests"],
  ])("%j is refused: %s", async (args, message) => {
    await expect(command(...args.slice(0, 1), ...mine(), ...args.slice(1))).rejects.toThrow(message);
  });

  it("says so where there is no policy, and where it is wrong", async () => {
    await expect(command("explain", "Bash", "a")).rejects.toThrow();
    await writeFile(join(folder, "policy.yml"), "version: 1\nruls: []");
    await expect(command("explain", ...mine(), "Bash", "a")).rejects.toThrow('Did you mean "rules"?');
  });
});

describe("harness policy lint", () => {
  it("finds what is probably not meant, with its line, and is silent otherwise", async () => {
    expect(await command("lint", ...mine())).toBe(0);
    await writeFile(
      join(folder, "policy.yml"),
      [
        "version: 1",
        "rules:",
        "  - { tool: Bash, decision: allow, description: git, when: { command_matches: 'git *' } }",
        "  - { tool: Bash, decision: deny, description: push, when: { command_matches: 'git push*' } }",
        "  - { tool: Bsh, decision: deny, description: typo }",
        "  - { tool: Bash, decision: deny, description: regex, when: { command_matches: 'curl.*|wget.*' } }",
        "  - { tool: Bash, decision: ask, description: broad, when: { command_matches: 'npm *' } }",
        "  - { tool: Bash, decision: ask, description: narrow, when: { command_matches: 'npm install *' } }",
      ].join("\n"),
    );
    expect(await command("lint", ...mine(), "--json")).toBe(1);
    const found: unknown = JSON.parse(output.slice(output.indexOf("[")));
    expect(found).toMatchObject([
      { type: "shadowed", rule: "push", line: 4 },
      { type: "unknown_tool", rule: "typo", line: 5 },
      { type: "suspicious", rule: "regex", line: 6 },
      { type: "shadowed", rule: "narrow", line: 8 },
    ]);
  });
});

describe("harness policy test", () => {
  it("runs the tests beside the policy; 1 when one fails", async () => {
    const tests = "version: 1\ntests:\n  - { tool: Bash, command: curl x, expect: deny, rule: No way out }\n";
    await writeFile(join(folder, "policy.test.yml"), tests);
    expect(await command("test", ...mine())).toBe(0);
    expect(output).toContain("1 passed, 0 failed, 1 rules that no test matches");
    await writeFile(join(folder, "other.yml"), `${tests}  - { tool: Bash, command: ls, expect: deny }\n`);
    expect(await command("test", ...mine(), join(folder, "other.yml"))).toBe(1);
    expect(output).toContain("other.yml:4");
    expect(output).toContain("wanted deny, got none");
  });
});

describe("harness policy simulate", () => {
  it("says what would be decided", async () => {
    expect(await command("simulate", ...mine(), "--json", "Bash", "wget x")).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ effect: "deny", rule: "No way out" });
  });
});

describe("harness policy backtest", () => {
  it("asks a policy about what a real run put on record", async () => {
    const audit = join(folder, "audit");
    await mkdir(join(folder, "work"));
    await writeFile(join(folder, "old.yml"), "version: 1\nrules:\n  - { tool: Bash, decision: allow }\n");
    const model = scriptedModel([
      { toolCalls: [{ id: "1", name: "Bash", args: { command: "echo a" } }] },
      { toolCalls: [{ id: "2", name: "Bash", args: { command: "echo $(wget --version)" } }] },
      "Done.",
    ]);
    const result = await run("Go", {
      model,
      cwd: join(folder, "work"),
      env: { HOME: folder, PATH: process.env["PATH"] },
      policy: [join(folder, "old.yml")],
      audit: { dir: audit },
      sandbox: "none",
    }).result;
    expect(result.stopReason).toBe("end_turn");

    expect(await command("backtest", ...mine(), audit)).toBe(1);
    expect(output).toContain('stricter  allow -> none: Bash {"command":"echo a"}');
    expect(output).toContain('stricter  allow -> deny: Bash {"command":"echo $(wget --version)"}');
    expect(output).toContain("2 calls: 2 would be decided more strictly, 0 more loosely");

    output = "";
    expect(await command("backtest", "--policy", join(folder, "old.yml"), audit)).toBe(0);
    expect(output).toContain("2 calls: 0 would be decided more strictly, 0 more loosely");
  });
});
