import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createHarness, run, type Message, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { loadSkills, readSkill } from "../../src/skills/index.ts";
import { memoryAudit, scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";

let home: string;
let project: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "harness-skills-home-"));
  project = await mkdtemp(join(tmpdir(), "harness-skills-project-"));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
  await rm(project, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
}

const COMMIT = `---
name: commit
description: Writes a commit
allowed-tools: Bash(git:*), Read
args: [scope]
---
Commit {scope}. All: $ARGUMENTS`;

function options(steps: readonly ScriptedStep[], parts: RunOptions = {}): RunOptions {
  return {
    model: scriptedModel(steps),
    cwd: project,
    env: { HOME: home, PATH: process.env["PATH"] },
    audit: false,
    permissionMode: "bypass",
    ...parts,
  };
}

const call = (name: string, args: Record<string, string>): ScriptedStep => ({ toolCalls: [{ name, args }] });

async function results(steps: readonly ScriptedStep[], parts: RunOptions = {}) {
  const all: Message[] = [];
  for await (const message of run("Go", options(steps, parts))) all.push(message);
  return all.filter((message) => message.type === "tool_result");
}

describe("Skill", () => {
  it("is offered with what the folders hold, and loads a skill on demand", async () => {
    await put(join(home, ".harness/skills/commit/SKILL.md"), COMMIT);
    await put(join(project, ".harness/skills/deploy/SKILL.md"), "---\ndescription: Deploys\n---\nSteps");
    const model = scriptedModel([call("Skill", { name: "commit", arguments: "src now" }), "Done."]);
    const audit = memoryAudit();
    const [result] = await results([], { model, audit });
    expect(result?.content).toContain("Commit src. All: src now");
    const spec = model.requests[0]?.tools.find(({ name }) => name === "Skill");
    expect(spec?.description).toContain("- commit: Writes a commit");
    expect(spec?.description).toContain("- deploy: Deploys");
    expect(spec?.description).not.toContain("Steps");
    expect(audit.records.some(({ type, data }) => type === "skill_loaded" && data["skill"] === "commit")).toBe(true);
  });

  it("enforces its tools while it is active, and only narrows", async () => {
    await put(join(home, ".harness/skills/commit/SKILL.md"), COMMIT);
    const steps = [
      call("Write", { file_path: "before.txt", content: "x" }),
      call("Skill", { name: "commit" }),
      call("Write", { file_path: "during.txt", content: "x" }),
      call("Bash", { command: "git --version" }),
      call("Bash", { command: "git --version; touch sneaked" }),
      call("Skill", { name: "none" }),
      call("Write", { file_path: "after.txt", content: "x" }),
      "Done.",
    ];
    const outcomes = (await results(steps)).map(({ name, outcome, decision }) => [name, outcome, decision.rule]);
    expect(outcomes).toEqual([
      ["Write", "completed", undefined],
      ["Skill", "completed", undefined],
      ["Write", "denied", "skill commit"],
      ["Bash", "completed", undefined],
      ["Bash", "denied", "skill commit"],
      ["Skill", "completed", undefined],
      ["Write", "completed", undefined],
    ]);
    // What a skill permits, a mode or a rule may still forbid.
    const denied = await results(
      [call("Skill", { name: "commit" }), call("Bash", { command: "git --version" }), "Done."],
      {
        permissionMode: "plan",
      },
    );
    expect(denied[1]).toMatchObject({ outcome: "denied", decision: { layer: "permission" } });
  });

  it("is active still when the session goes on", async () => {
    await put(join(home, ".harness/skills/commit/SKILL.md"), COMMIT);
    const store = memoryStore();
    const steps = [
      call("Skill", { name: "commit" }),
      "Paused.",
      call("Write", { file_path: "a.txt", content: "x" }),
      "Done.",
    ];
    await using harness = await createHarness(options(steps, { session: store }));
    const first = harness.run("Go");
    await first.result;
    const messages: Message[] = [];
    for await (const message of harness.resume(first.sessionId, "Go on")) messages.push(message);
    expect(messages.find(({ type }) => type === "tool_result")).toMatchObject({ name: "Write", outcome: "denied" });
  });

  it("lets its files be read and not written, wherever they stand", async () => {
    await put(join(home, ".harness/skills/commit/SKILL.md"), COMMIT.replace("allowed-tools: Bash(git:*), Read\n", ""));
    const file = join(home, ".harness/skills/commit/reference.md");
    await put(file, "the reference");
    const secret = join(home, ".harness/secret.md");
    await put(secret, "secret");
    const steps = [
      call("Read", { file_path: file }),
      call("Read", { file_path: secret }),
      call("Write", { file_path: file, content: "changed" }),
      "Done.",
    ];
    expect(await results(steps)).toMatchObject([
      { outcome: "completed", content: expect.stringContaining("the reference") },
      { outcome: "denied", decision: { layer: "files" } },
      { outcome: "denied", decision: { rule: "protected-paths" } },
    ]);
  });

  it("is not there without skills, with skills: false, or with a list of tools that does not name it", async () => {
    const offered = async (parts: RunOptions): Promise<readonly string[]> => {
      const model = scriptedModel(["Done."]);
      await run("Go", options([], { model, ...parts })).result;
      return model.requests[0]?.tools.map(({ name }) => name) ?? [];
    };
    expect(await offered({})).not.toContain("Skill");
    await put(join(home, ".harness/skills/commit/SKILL.md"), COMMIT);
    expect(await offered({})).toContain("Skill");
    expect(await offered({ skills: false })).not.toContain("Skill");
    expect(await offered({ tools: ["Read"] })).not.toContain("Skill");
    expect(await offered({ tools: ["Read", "Skill"] })).toContain("Skill");
    expect(await offered({ tools: ["Read"], skills: [join(home, ".harness/skills")] })).toContain("Skill");
  });
});

describe("loadSkills()", () => {
  it("leaves out what cannot be meant and tells it, and lets no untrusted place replace a skill", async () => {
    await put(join(home, "skills/good/SKILL.md"), "---\ndescription: Good\n---\nThe user's");
    await put(join(home, "skills/odd/SKILL.md"), "---\ndescription: Odd\ndisable-tools: true\n---\nText");
    await put(join(home, "skills/empty/SKILL.md"), "---\ndescription: Empty\n---\n");
    await put(join(project, "skills/good/SKILL.md"), "---\ndescription: Evil\n---\nThe project's");
    await put(join(home, "elsewhere.md"), "---\ndescription: Link\n---\nText");
    await mkdir(join(project, "skills/link"), { recursive: true });
    await symlink(join(home, "elsewhere.md"), join(project, "skills/link/SKILL.md"));
    const { skills, ignored } = await loadSkills([
      { directory: join(home, "skills"), isTrusted: true },
      { directory: join(project, "skills"), isTrusted: false },
    ]);
    expect([...skills.values()].map(({ name, body }) => [name, body])).toEqual([["good", "The user's"]]);
    expect(ignored.map(({ key }) => key).sort()).toEqual(["skills.empty", "skills.good", "skills.link", "skills.odd"]);
    expect(ignored.find(({ key }) => key === "skills.odd")).toMatchObject({ line: 3 });
  });

  it.each([
    ["allowed-tools: Bash(git:*), Read", ["Bash(git *)", "Read"]],
    ["allowed-tools: Bash(git log, git show) Read", ["Bash(git log, git show)", "Read"]],
    ["allowed_tools:\n  - Read\n  - Grep", ["Read", "Grep"]],
    ["allowed-tools: []", []],
    ["allowed-tools: ''", []],
  ])("reads tools in the forms in use: %s", async (head, expected) => {
    const text = `---\ndescription: d\n${head}\n---\nText`;
    const place = { file: "SKILL.md", directory: "/x", folder: "x" };
    expect((await readSkill(text, place)).allowedTools).toEqual(expected);
  });
});
