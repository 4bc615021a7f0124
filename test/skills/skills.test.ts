import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { createHarness, run, type Message, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { loadSkills, readSkill } from "../../src/skills/index.ts";
import { memoryAudit, scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";
import { useOwnPlaces } from "../own-places.ts";

const places = useOwnPlaces("skills");
const { options, play } = places;

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

const call = (name: string, args: Record<string, string>): ScriptedStep => ({ toolCalls: [{ name, args }] });

describe("Skill", () => {
  it("is offered with what the folders hold, and loads a skill on demand", async () => {
    await put(join(places.home, ".harness/skills/commit/SKILL.md"), COMMIT);
    await put(join(places.project, ".harness/skills/deploy/SKILL.md"), "---\ndescription: Deploys\n---\nSteps");
    const model = scriptedModel([call("Skill", { name: "commit", arguments: "src now" }), "Done."]);
    const audit = memoryAudit();
    const [result] = await play([], { model, audit });
    expect(result?.content).toContain("Commit src. All: src now");
    const spec = model.requests[0]?.tools.find(({ name }) => name === "Skill");
    expect(spec?.description).toContain("- commit: Writes a commit");
    expect(spec?.description).toContain("- deploy: Deploys");
    expect(spec?.description).not.toContain("Steps");
    expect(audit.records.some(({ type, data }) => type === "skill_loaded" && data["skill"] === "commit")).toBe(true);
  });

  it("enforces its tools while it is active, and only narrows", async () => {
    await put(join(places.home, ".harness/skills/commit/SKILL.md"), COMMIT);
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
    const outcomes = (await play(steps)).map(({ name, outcome, decision }) => [name, outcome, decision.rule]);
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
    const denied = await play(
      [call("Skill", { name: "commit" }), call("Bash", { command: "git --version" }), "Done."],
      {
        permissionMode: "plan",
      },
    );
    expect(denied[1]).toMatchObject({ outcome: "denied", decision: { layer: "permission" } });
  });

  it("is active still when the session goes on", async () => {
    await put(join(places.home, ".harness/skills/commit/SKILL.md"), COMMIT);
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

  it("is active still when a compaction took it out of the history, and another process goes on", async () => {
    await put(join(places.home, ".harness/skills/commit/SKILL.md"), COMMIT);
    const store = memoryStore();
    const long = "word ".repeat(3000);
    const first = await createHarness(options([call("Skill", { name: "commit" }), long, long], { session: store }));
    const { sessionId, result } = first.run("Go");
    await result;
    await first.resume(sessionId, "More").result;
    await first[Symbol.asyncDispose]();

    const steps = ["## State\n- begun", call("Write", { file_path: "a.txt", content: "x" }), "Done."];
    const model = scriptedModel(steps);
    await using harness = await createHarness(options([], { model, session: store }));
    const current = harness.resume(sessionId, "Go on");
    const receipt = current.compact();
    const messages: Message[] = [];
    for await (const message of current) messages.push(message);
    expect(await receipt).toMatchObject({ status: "compacted" });
    expect(JSON.stringify(model.requests.at(-1)?.messages)).not.toContain('"name":"Skill"');
    expect(messages.find(({ type }) => type === "tool_result")).toMatchObject({ name: "Write", outcome: "denied" });
  });

  it("lets its files be read and not written, wherever they stand", async () => {
    await put(
      join(places.home, ".harness/skills/commit/SKILL.md"),
      COMMIT.replace("allowed-tools: Bash(git:*), Read\n", ""),
    );
    const file = join(places.home, ".harness/skills/commit/reference.md");
    await put(file, "the reference");
    const secret = join(places.home, ".harness/secret.md");
    await put(secret, "secret");
    const steps = [
      call("Read", { file_path: file }),
      call("Read", { file_path: secret }),
      call("Write", { file_path: file, content: "changed" }),
      "Done.",
    ];
    expect(await play(steps)).toMatchObject([
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
    await put(join(places.home, ".harness/skills/commit/SKILL.md"), COMMIT);
    expect(await offered({})).toContain("Skill");
    expect(await offered({ skills: false })).not.toContain("Skill");
    expect(await offered({ tools: ["Read"] })).not.toContain("Skill");
    expect(await offered({ tools: ["Read", "Skill"] })).toContain("Skill");
    expect(await offered({ tools: ["Read"], skills: [join(places.home, ".harness/skills")] })).toContain("Skill");
  });
});

describe("loadSkills()", () => {
  it("leaves out what cannot be meant and tells it, and lets no untrusted place replace a skill", async () => {
    await put(join(places.home, "skills/good/SKILL.md"), "---\ndescription: Good\n---\nThe user's");
    await put(join(places.home, "skills/odd/SKILL.md"), "---\ndescription: Odd\ndisable-tools: true\n---\nText");
    await put(join(places.home, "skills/empty/SKILL.md"), "---\ndescription: Empty\n---\n");
    await put(join(places.project, "skills/good/SKILL.md"), "---\ndescription: Evil\n---\nThe project's");
    await put(join(places.home, "elsewhere.md"), "---\ndescription: Link\n---\nText");
    await mkdir(join(places.project, "skills/link"), { recursive: true });
    await symlink(join(places.home, "elsewhere.md"), join(places.project, "skills/link/SKILL.md"));
    const { skills, ignored } = await loadSkills([
      { directory: join(places.home, "skills"), isTrusted: true },
      { directory: join(places.project, "skills"), isTrusted: false },
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
