import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { queryAudit } from "../../src/audit/index.ts";
import { run, type RunOptions, type ToolResult } from "../../src/index.ts";
import { createBackendCheck, PolicyEngine, type PolicyRule } from "../../src/policy/index.ts";
import type { AuditRecord, JsonObject } from "../../src/spec/index.ts";
import { fakeTool, scriptedModel } from "../../src/testing/index.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "policy-run-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A real run that calls tools by their names, one a turn. */
async function play(
  names: readonly string[],
  options: RunOptions,
  args: JsonObject = {},
): Promise<readonly ToolResult[]> {
  const model = scriptedModel([
    ...names.map((name, at) => ({ toolCalls: [{ id: `call-${at}`, name, args }] })),
    "Done.",
  ]);
  const results: ToolResult[] = [];
  const current = run("Go", {
    model,
    cwd: folder,
    env: { HOME: folder, PATH: process.env["PATH"] },
    permissionMode: "bypass",
    audit: { dir: join(folder, "audit") },
    ...options,
  });
  for await (const message of current) if (message.type === "tool_result") results.push(message);
  return results;
}

async function recorded(type: string): Promise<readonly AuditRecord[]> {
  const found: AuditRecord[] = [];
  for await (const record of queryAudit(join(folder, "audit"), { type })) found.push(record);
  return found;
}

const engineOf = (...rules: readonly PolicyRule[]): PolicyEngine =>
  new PolicyEngine({ layers: [{ policy: { rules } }] });
const DENY: PolicyRule = { tool: "Send", decision: "deny", description: "no sending" };

describe("a policy in a run", () => {
  it("is on record by its hash", async () => {
    const policy = engineOf(DENY);
    const [result] = await play(["Send"], { policy, tools: [fakeTool({ name: "Send" })] });
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "policy", rule: "no sending" } });
    expect((await recorded("session_start"))[0]?.data).toMatchObject({ policyDigest: policy.hash });
    expect((await recorded("tool_outcome"))[0]?.data).toMatchObject({
      decision: { layer: "policy", rule: "no sending" },
    });
  });

  it("when it is only simulated, is on record with what it would have decided, and the rest of the gate decides", async () => {
    const policy = new PolicyEngine({ layers: [{ policy: { rules: [DENY] } }], simulation: true });
    const send = fakeTool({ name: "Send" });
    const [result] = await play(["Send"], { policy, tools: [send] });
    expect(result?.outcome).toBe("completed");
    expect(send.calls).toHaveLength(1);
    expect((await recorded("policy_simulated")).map(({ call_id: id, tool, data }) => [id, tool, data])).toEqual([
      ["call-0", "Send", { effect: "deny", rule: "no sending" }],
    ]);
    const denied = await play(["Send"], { policy, tools: [send], permissions: { deny: ["Send"] } });
    expect(denied[0]).toMatchObject({ outcome: "denied", decision: { layer: "permission" } });
  });

  it("knows whether content from outside has come in", async () => {
    const policy = engineOf({ ...DENY, when: { tainted: true } });
    const tools = [fakeTool({ name: "Send" }), fakeTool({ name: "Fetch", isUntrusted: true })];
    const results = await play(["Send", "Fetch", "Send"], { policy, tools });
    expect(results.map(({ outcome }) => outcome)).toEqual(["completed", "completed", "denied"]);
  });

  it("knows what a tool is declared to do with files", async () => {
    const policy = engineOf({ decision: "deny", when: { path: "*.lock", access: "write" } });
    const tools = [fakeTool({ name: "Show", effect: "read" }), fakeTool({ name: "Store", effect: "write" })];
    const results = await play(["Show", "Store"], { policy, tools }, { path: "a.lock" });
    expect(results.map(({ outcome }) => outcome)).toEqual(["completed", "denied"]);
  });

  it("knows the agent", async () => {
    const tools = [fakeTool({ name: "Send" })];
    const outcome = async (agent: string): Promise<unknown> =>
      (await play(["Send"], { policy: engineOf({ ...DENY, when: { agent } }), tools }))[0]?.outcome;
    expect(await outcome("explore")).toBe("completed");
    expect(await outcome("ma*")).toBe("denied");
  });

  it("may be another engine, whose failure denies", async () => {
    const tools = [fakeTool({ name: "Send" })];
    const policy = createBackendCheck({
      name: "remote",
      decide: () => {
        throw new Error("unreachable");
      },
    });
    const [result] = await play(["Send"], { policy, tools });
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "policy" } });
    expect(result?.decision.reason).toContain("unreachable");
  });

  it("that does not load stops the run before it begins", async () => {
    await writeFile(join(folder, "policy.yml"), "version: 1\nrules:\n  - { decision: deny, when: { comand: {} } }\n");
    const send = fakeTool({ name: "Send" });
    const model = scriptedModel(["Done."]);
    const { stopReason, error } = await run("Go", {
      model,
      cwd: folder,
      env: { HOME: folder },
      policy: [join(folder, "policy.yml")],
      tools: [send],
      audit: false,
    }).result;
    expect([stopReason, model.requests.length]).toEqual(["error", 0]);
    expect(error?.message).toContain('Did you mean "command"?');
  });
});
