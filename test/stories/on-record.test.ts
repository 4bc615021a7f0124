import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { queryAudit, verifyAudit } from "../../src/audit/index.ts";
import { createHarness, ProviderError, type RunOptions } from "../../src/index.ts";
import type { AuditRecord } from "../../src/spec/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { scriptedModel, type ScriptedAnswer } from "../../src/testing/index.ts";
import { countingModel } from "../agent/counting-model.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-on-record-"));
  const skills = join(folder, ".harness", "skills", "greet");
  await mkdir(skills, { recursive: true });
  await writeFile(join(skills, "SKILL.md"), "---\nname: greet\ndescription: Greets\n---\nSay hello");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const call = (name: string, args: Record<string, string>): ScriptedAnswer => ({ toolCalls: [{ name, args }] });
const filler = "filler ".repeat(600);
/** One agent after the other has its turns: the child's answer stands between the calls of its parent. */
const STEPS: readonly (ScriptedAnswer | string)[] = [
  call("Skill", { name: "greet" }),
  call("MemoryWrite", { action: "save", scope: "project", key: "hello", content: "Hello is friendly" }),
  call("MemoryRead", { key: "hello" }),
  call("MemoryWrite", { action: "delete", scope: "project", key: "hello" }),
  call("Task", { agent_type: "helper", prompt: "Count to one" }),
  "One.",
  call("Write", { file_path: "note.txt", content: "first\n" }),
  call("Write", { file_path: "note.txt", content: `second ${filler}\n` }),
  call("Read", { file_path: "note.txt" }),
  "Done.",
];

async function readLog(): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const record of queryAudit(join(folder, ".harness", "audit"), {})) records.push(record);
  return records;
}

function ofType(records: readonly AuditRecord[], type: string): readonly AuditRecord["data"][] {
  return records.filter(({ event_type }) => event_type === type).map(({ data }) => data);
}

describe("what a run does beside its tools is on record", () => {
  it("skills, memory, sub-agents, checkpoints kept and restored, compactions", async () => {
    const steps = [...STEPS];
    const model = countingModel(() => steps.shift() ?? "Done.", { contextWindow: 6000 });
    const options: RunOptions = {
      model,
      cwd: folder,
      env: { HOME: folder, PATH: process.env["PATH"] },
      permissionMode: "bypass",
      memory: true,
      agents: { helper: { description: "Counts", prompt: "You count" } },
      maxOutputTokens: 500,
      compaction: { threshold: 0.7, keep: 0.2 },
      session: "told",
    };
    const harness = await createHarness(options);
    const { stopReason } = await harness.run("Go").result;
    expect(stopReason).toBe("end_turn");
    await harness.checkpoints("told").undo({ run: "last" });
    await harness[Symbol.asyncDispose]();
    const records = await readLog();
    expect(ofType(records, "skill_loaded")).toMatchObject([{ skill: "greet", digest: expect.any(String) }]);
    expect(ofType(records, "memory")).toMatchObject([{ action: "written" }, { action: "read" }, { action: "deleted" }]);
    expect(ofType(records, "subagent_start")).toMatchObject([{ childAgent: "helper" }]);
    expect(ofType(records, "subagent_end")).toMatchObject([{ childAgent: "helper", stopReason: "end_turn" }]);
    expect(ofType(records, "compaction").length).toBeGreaterThan(0);
    const actions = ofType(records, "checkpoint").map(({ action }) => action);
    expect(actions).toEqual(["saved", "saved", "restoring", "restored", "restored"]);
    // A sub-agent is told by its name, in the session that it works for.
    expect(records.filter(({ agent }) => agent === "helper").map(({ session_id }) => session_id)).toContain("told");
    expect(await verifyAudit(join(folder, ".harness", "audit"))).toMatchObject({ ok: true });
  });
});

describe("what people say is on record", () => {
  it("as a digest before the first model call: the prompt, what they say meanwhile, and what a sub-agent is told", async () => {
    const steps = [call("Task", { agent_type: "helper", prompt: "Count to one" }), "One.", "Done."];
    await using harness = await createHarness({
      model: scriptedModel(steps),
      cwd: folder,
      env: { HOME: folder, PATH: process.env["PATH"] },
      permissionMode: "bypass",
      agents: { helper: { description: "Counts", prompt: "You count" } },
    });
    const run = harness.run("Count, please");
    void run.steer("In English");
    expect((await run.result).stopReason).toBe("end_turn");
    const records = await readLog();
    const said = records.filter(({ event_type }) => event_type === "prompt");
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    expect(said.map(({ agent, data, content }) => [agent, data["source"], content?.["digest"]])).toEqual([
      ["main", "user", sha256("Count, please")],
      ["main", "steering", sha256("In English")],
      ["helper", "subagent", sha256("Count to one")],
    ]);
    expect(records.findIndex(({ event_type }) => event_type === "prompt")).toBeLessThan(
      records.findIndex(({ event_type }) => event_type === "model_call"),
    );
    expect(JSON.stringify(records)).not.toContain("Count, please");
    await harness.run("Again", { session: run.sessionId }).result;
    expect(ofType(await readLog(), "prompt")).toHaveLength(4);
  });
});

it("a model call is on record with the version of its prompt, and each failed try with its error", async () => {
  const error = new ProviderError("overloaded", { provider: "scripted", isRetryable: true, status: 529 });
  await using harness = await createHarness({
    model: scriptedModel([{ error }, "Done."]),
    retry: { baseDelayMs: 1, maxDelayMs: 1 },
    systemPrompt: { name: "counter", version: "7", text: "You count" },
    cwd: folder,
    env: { HOME: folder, PATH: process.env["PATH"] },
  });
  expect((await harness.run("Count").result).stopReason).toBe("end_turn");
  const records = await readLog();
  expect(ofType(records, "model_call")).toMatchObject([{ outcome: "completed", promptVersion: "7" }]);
  const [retry] = records.filter(({ event_type }) => event_type === "model_retry");
  expect(retry).toMatchObject({ data: { attempt: 1 }, content: { error: expect.stringContaining("overloaded") } });
});

describe("what people are asked is on record under the name of the tool", () => {
  const options = (steps: readonly (ScriptedAnswer | string)[], parts: RunOptions): RunOptions => ({
    model: scriptedModel(steps),
    cwd: folder,
    env: { HOME: folder, PATH: process.env["PATH"] },
    ...parts,
  });
  const write = call("Write", { file_path: "note.txt", content: "hello" });
  const asked = async (): Promise<readonly unknown[]> => {
    const found: unknown[] = [];
    const dir = join(folder, ".harness", "audit");
    for await (const { event_type: type, data } of queryAudit(dir, { tool: "Write" }))
      if (type.startsWith("approval")) found.push([type, data["decision"]]);
    return found;
  };

  it.each(["approve", "deny"] as const)("when they answer at once: %s", async (decision) => {
    const onApproval = async () => ({ decision }) as const;
    await using harness = await createHarness(options([write, "Done."], { onApproval }));
    await harness.run("Go").result;
    expect(await asked()).toEqual([
      ["approval_requested", undefined],
      ["approval_answered", decision],
    ]);
  });

  it("when they answer later, from elsewhere", async () => {
    const session = { id: "later", store: memoryStore() };
    const parts: RunOptions = { onApproval: "pause", session };
    await using harness = await createHarness(options([write, "Done."], parts));
    expect((await harness.run("Go").result).stopReason).toBe("paused");
    const [waiting] = await harness.approvals.list();
    await harness.approvals.decide(waiting?.id ?? "", { decision: "approve", approver: "ada" });
    expect((await harness.resume("later").result).stopReason).toBe("end_turn");
    expect(await asked()).toEqual(expect.arrayContaining([["approval_answered", "approve"]]));
  });
});
