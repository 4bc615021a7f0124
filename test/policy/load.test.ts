import { copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { PolicyError } from "../../src/errors/index.ts";
import { PolicyEngine, type PolicyLoadOptions } from "../../src/policy/index.ts";
import type { JsonObject } from "../../src/spec/index.ts";

const SEEDS = join(import.meta.dirname, "../../../shared/fixtures/seed/policy");
const HAS_SEEDS = existsSync(SEEDS) || process.env["HARNESS_REQUIRE_SERVICES"] === "1";

let root = "";
let home = "";
let cwd = "";

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "policy-load-")));
  home = join(root, "home");
  cwd = join(root, "team", "project");
  await mkdir(join(home, ".harness"), { recursive: true });
  await mkdir(join(cwd, ".harness"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const load = (options: PolicyLoadOptions = {}): Promise<PolicyEngine> => PolicyEngine.load({ home, cwd, ...options });
const write = async (path: string, text: string): Promise<string> => {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
};
const RULE = "version: 1\nrules:\n  - tool: Bash\n    decision: ";

describe.skipIf(!HAS_SEEDS)("PolicyEngine.load() on the seed's files (skipped: ../shared is not here)", () => {
  const chain = async (options: PolicyLoadOptions = {}): Promise<PolicyEngine> => {
    await copyFile(join(SEEDS, "org-policy.yml"), join(home, ".harness", "policy.yml"));
    await copyFile(join(SEEDS, "team-policy.yml"), join(root, "team", "team-policy.yml"));
    await copyFile(join(SEEDS, "project-policy.yml"), join(cwd, ".harness", "policy.yml"));
    return await load(options);
  };
  const table: readonly (readonly [string, JsonObject, string, string])[] = [
    ["Bash", { command: "ls" }, "ask", "ask"],
    ["Bash", { command: "rm -rf /x" }, "deny", "deny"],
    ["Bash", { command: "sudo rm -fr /x" }, "deny", "deny"],
    ["Bash", { command: "docker push a" }, "deny", "deny"],
    ["Write", { file_path: "a.md" }, "ask", "ask"],
    ["Write", { file_path: ".env" }, "deny", "deny"],
    ["Write", { path: ".env" }, "deny", "deny"],
    ["Write", { file_path: "k.pem" }, "deny", "deny"],
    ["Edit", { file_path: "src/a.py" }, "allow", "ask"],
    ["Edit", { file_path: "/etc/passwd" }, "ask", "ask"],
    ["Edit", { file_path: "src/../../etc/a.py" }, "ask", "ask"],
    ["Read", { file_path: "a" }, "allow", "ask"],
  ];

  it.each(table)("%s %j: %s when the project is trusted, %s when not", async (tool, args, trusted, untrusted) => {
    const decide = (policy: PolicyEngine): string => policy.check({ tool, args, cwd }).effect;
    expect(decide(await chain({ trustProject: true }))).toBe(trusted);
    expect(decide(await chain({ paths: [".harness/policy.yml", "~/.harness/policy.yml"] }))).toBe(trusted);
    expect(decide(await chain())).toBe(untrusted);
  });

  it("reads each of the three files once, in order, and finds the team's also beside the project's own folder", async () => {
    expect((await chain()).files).toEqual([
      join(home, ".harness", "policy.yml"),
      join(root, "team", "team-policy.yml"),
      join(cwd, ".harness", "policy.yml"),
    ]);
    await rm(join(root, "team", "team-policy.yml"));
    await copyFile(join(SEEDS, "team-policy.yml"), join(cwd, "team-policy.yml"));
    expect((await load()).files).toContain(join(cwd, "team-policy.yml"));
  });

  it.each([
    ["curl x", "deny"],
    ["a && wget x", "deny"],
    ["nc h 1", "deny"],
    ["git sync origin", "none"],
  ])("exfiltration.yml on %s: %s", async (command, expected) => {
    await copyFile(join(SEEDS, "exfiltration.yml"), join(cwd, ".harness", "policy.yml"));
    expect((await load()).check({ tool: "Bash", args: { command }, cwd }).effect).toBe(expected);
  });
});

describe("PolicyEngine.load()", () => {
  it("has no opinion where there are no policies", async () => {
    const policy = await load();
    expect(policy.files).toEqual([]);
    expect(policy.check({ tool: "Bash", args: { command: "rm -rf /" } }).effect).toBe("none");
  });

  it("reads the organisation's policy where the project has none", async () => {
    await write("home/.harness/policy.yml", `${RULE}deny\n`);
    expect((await load()).check({ tool: "Bash", args: {} }).effect).toBe("deny");
    expect((await load({ discover: false })).files).toEqual([]);
  });

  it("reads TOML", async () => {
    await write(
      "home/.harness/policy.toml",
      'version = 1\n[[rules]]\ntool = "Read"\ndecision = "allow"\nwhen = { path_matches = "src/**" }\n',
    );
    const policy = await load();
    expect(policy.check({ tool: "Read", args: { file_path: "src/a" }, cwd }).effect).toBe("allow");
    expect(policy.check({ tool: "Read", args: { file_path: "b" }, cwd }).effect).toBe("none");
  });

  it("does not count an allowance of a file that was found, but of one that the host named", async () => {
    const file = await write("team/project/.harness/policy.yml", `${RULE}allow\n`);
    const effect = async (options: PolicyLoadOptions): Promise<string> =>
      (await load(options)).check({ tool: "Bash", args: {} }).effect;
    expect(await effect({})).toBe("none");
    expect(await effect({ trustProject: true })).toBe("allow");
    expect(await effect({ paths: [file] })).toBe("allow");
  });

  it("does not let an untrusted project trust its parents", async () => {
    await write("team/project/evil.yml", `${RULE}allow\n`);
    await write("team/project/.harness/policy.yml", "version: 1\ninherit_from: ../evil.yml\n");
    expect((await load()).check({ tool: "Bash", args: {} }).effect).toBe("none");
  });

  it("asks parents after their children and reads a shared one once", async () => {
    await write("team/base.yml", `${RULE}deny\n`);
    await write("team/a.yml", "version: 1\ninherit_from: base.yml\nrules:\n  - tool: Read\n    decision: allow\n");
    await write("team/b.yml", "version: 1\ninherit_from: ./base.yml\n");
    const policy = await load({ paths: [join(root, "team/a.yml"), join(root, "team/b.yml")] });
    expect(policy.files.filter((file) => file.endsWith("base.yml"))).toHaveLength(1);
    expect(policy.check({ tool: "Bash", args: {} }).effect).toBe("deny");
    expect(policy.check({ tool: "Read", args: {} }).effect).toBe("allow");
  });
});

describe("PolicyEngine.load() refuses", () => {
  const refuse = async (text: string, name = "policy.yml"): Promise<PolicyError> => {
    const file = await write(`home/.harness/${name}`, text);
    const error: unknown = await load().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!PolicyError.isInstance(error)) throw new Error(`Not refused: ${String(error)}`);
    expect(error.file).toBe(file);
    return error;
  };

  it.each([
    ["an unknown key", `${RULE}deny\n    conditon: x\n`, 'Unknown key "conditon". Did you mean "conditions"?', 5, 5],
    ["an unknown key at the top", "version: 1\nrule: []\n", 'Unknown key "rule". Did you mean "rules"?', 2, 1],
    [
      "an unknown condition",
      `${RULE}deny\n    when:\n      comand_matches: x\n`,
      'Unknown condition "comand_matches". Did you mean "command_matches"?',
      6,
      7,
    ],
    [
      "an unknown condition in a list",
      `${RULE}deny\n    conditions:\n      - type: path_match\n        pattern: x\n`,
      'Did you mean "path_matches"?',
      6,
      15,
    ],
    ["a decision in the wrong case", `${RULE}DENY\n`, 'not "DENY". Did you mean "deny"?', 4, 15],
    ["a missing decision", "version: 1\nrules:\n  - tool: Bash\n", 'A rule needs "decision"', 3, 5],
    ["a missing version", "rules: []\n", 'A policy needs "version: 1"', 1, 1],
    ["another version", "version: 2\n", 'A policy needs "version: 1", not 2', 1, 10],
    ["an empty file", "", '"version: 1"|must be a map', undefined, undefined],
    ["a list", "- a\n", "A policy must be a map", 1, 1],
    [
      "a regular expression that does not parse",
      `${RULE}deny\n    when:\n      content_matches: "[a"\n`,
      "cannot be used",
      6,
      24,
    ],
    [
      "a look-ahead",
      `${RULE}deny\n    conditions:\n      - { type: command_matches, pattern: "(?=a)" }\n`,
      "cannot be used",
      6,
      43,
    ],
    [
      "an unbalanced bracket that closes ours",
      `${RULE}deny\n    conditions:\n      - { type: command_matches, pattern: "a)|(b" }\n`,
      "cannot be used",
      6,
      43,
    ],
    [
      "a long content pattern",
      `${RULE}deny\n    when:\n      content_matches: "${"a".repeat(2000)}"\n`,
      "at most 1024",
      6,
      24,
    ],
    ["a negated glob", `${RULE}deny\n    when:\n      path_matches: "!a"\n`, "not_path_matches", 6, 21],
    ["an empty pattern", `${RULE}deny\n    when:\n      path_matches: ""\n`, "is empty", 6, 21],
    ["a pattern that is no text", `${RULE}deny\n    when:\n      path_matches: 7\n`, "must be a text", 6, 21],
    ["an overridable allowance", `${RULE}allow\n    overridable: true\n`, "decision: deny", 5, 18],
    ["a duplicate key", "version: 1\nversion: 1\n", "unique", 2, 1],
    ["a tag", "version: 1\nrules: !!js/function x\n", "tag", 2, 8],
    ["broken YAML", "version: 1\nrules: [\n", "", 3, 1],
    ["a key of the prototype", "version: 1\n__proto__: {}\n", 'Unknown key "__proto__"', 2, 1],
    [
      "an example that is not matched",
      `${RULE}deny\n    when: { command_matches: "rm *" }\n    match: ["rm a", "ls"]\n`,
      'does not match its example "ls"',
      6,
      21,
    ],
    [
      "an example that should not match",
      `${RULE}deny\n    when: { command_matches: "rm *" }\n    not_match: ["sudo rm a"]\n`,
      "stands under not_match",
      6,
      17,
    ],
    ["the address of a parent", "version: 1\ninherit_from: https://a/b.yml\n", "not the address", 2, 15],
    ["a parent of another kind", "version: 1\ninherit_from: ../a.json\n", ".yml, .yaml, .toml", 2, 15],
    ["a missing parent", "version: 1\ninherit_from: ../a.yml\n", "The parent policy does not exist", 2, 15],
  ] as const)("%s", async (_, text, message, line, column) => {
    const error = await refuse(text);
    expect(error.message).toMatch(new RegExp(message.replaceAll(/[.*+?^${}()[\]\\]/g, "\\$&")));
    if (line !== undefined) expect([error.line, error.column]).toEqual([line, column]);
  });

  it.each([
    ["broken TOML", "version = =\n", undefined],
    ["an unknown key in TOML", 'version = 1\n[[rules]]\ntool = "a"\ndecison = "deny"\n', 4],
    ["an unknown condition in TOML", 'version = 1\n[[rules]]\ndecision = "deny"\n[rules.when]\npath_match = "a"\n', 5],
  ])("%s", async (_, text, line) => {
    const error = await refuse(text, "policy.toml");
    expect(error.line).toBe(line ?? 1);
  });

  it("a bomb of aliases", async () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (let at = 1; at < 9; at++)
      lines.push(`${"abcdefghi"[at]}: &${"abcdefghi"[at]} [${`*${"abcdefghi"[at - 1]}, `.repeat(9)}]`);
    expect((await refuse(`version: 1\n${lines.join("\n")}\n`)).message).toContain("aliases");
  });

  it("a ring of parents and one that is too long", async () => {
    await write("home/.harness/policy.yml", "version: 1\ninherit_from: a.yml\n");
    await write("home/.harness/a.yml", "version: 1\ninherit_from: policy.yml\n");
    await expect(load()).rejects.toThrow(/ring/);
    for (let at = 0; at < 12; at++) await write(`home/.harness/${at}.yml`, `version: 1\ninherit_from: ${at + 1}.yml\n`);
    await write("home/.harness/policy.yml", "version: 1\ninherit_from: 0.yml\n");
    await expect(load()).rejects.toThrow(/More than 10/);
  });

  it("a file that was named and is not there, or is no policy", async () => {
    await expect(load({ paths: ["missing.yml"] })).rejects.toThrow(PolicyError);
    await expect(load({ paths: [await write("a.json", "{}")] })).rejects.toThrow(/ends in/);
    await mkdir(join(home, ".harness", "policy.yml"));
    await expect(load()).rejects.toThrow(/cannot be read/);
  });

  it("a link to nothing, a device, and bytes that are no UTF-8: what they forbid would not be forbidden", async () => {
    const file = await write("home/.harness/policy.yml", "version: 1\n");
    await writeFile(file, Buffer.from("version: 1 # caf\xe9\n", "latin1"));
    await expect(load()).rejects.toThrow(/not UTF-8/);
    for (const target of ["/nowhere/policy.yml", "/dev/zero"]) {
      await rm(file);
      await symlink(target, file);
      await expect(load()).rejects.toThrow(PolicyError);
    }
  });
});

describe("new PolicyEngine() refuses", () => {
  it("unknown keys of a layer, levels and rules", () => {
    // As code without types would write it.
    const make = (layer: object) => () => new PolicyEngine({ layers: [layer as never] });
    expect(make({ polcy: {} })).toThrow(/Did you mean "policy"/);
    expect(make({ level: "organization", policy: {} })).toThrow(/Did you mean "organisation"/);
    expect(make({ policy: { rules: [{ decision: "denied" }] } })).toThrow(PolicyError);
    expect(make({ policy: { inherit_from: "a.yml" } })).toThrow(TypeError);
  });
});
