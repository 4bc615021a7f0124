import { describe, expect, it } from "vitest";

import type { PreparedCall, ToolCallResult } from "../../src/spec/index.ts";
import { NO_LABELS } from "../../src/labels/index.ts";
import {
  FAKE_ISOLATION,
  fakeApprover,
  fakeCheck,
  fakeGate,
  fakeRandom,
  fakeSandbox,
  memoryAudit,
} from "../../src/testing/index.ts";
import { question, quiet } from "../approval/questions.ts";

// The fakes look at nothing but the names.
const call = { id: "call_1", name: "Bash", args: {} };
const prepared = { id: "call_1", tool: { name: "Bash" }, args: {}, input: {} } as unknown as PreparedCall;
const scope = {
  cwd: "/",
  sessionId: "s",
  agent: "main",
  labels: NO_LABELS,
  canAsk: false,
  signal: new AbortController().signal,
};

describe("memoryAudit()", () => {
  it("tells a call that nobody closed, once", async () => {
    const audit = memoryAudit();
    const entry = await audit.openCall(call, { sessionId: "s", agent: "main" });
    await entry[Symbol.asyncDispose]();
    await entry[Symbol.asyncDispose]();
    expect(audit.records.map(({ type, data }) => [type, data["outcome"]])).toEqual([
      ["tool_intent", undefined],
      ["tool_outcome", "abandoned"],
    ]);
  });

  it("records intent, effect and outcome in order", async () => {
    const audit = memoryAudit();
    {
      await using entry = await audit.openCall(call, { sessionId: "s", agent: "main" });
      await entry.effect(prepared, { effect: "allow", layer: "policy", reason: "x" });
      const result = { call, outcome: "completed" } as ToolCallResult;
      await entry.close(result, []);
    }
    await audit.record({ type: "host_end", data: {} });
    expect(audit.records.map(({ type }) => type)).toEqual(["tool_intent", "tool_effect", "tool_outcome", "host_end"]);
    expect(audit.records[2]).toMatchObject({ callId: "call_1", data: { outcome: "completed" } });
  });
});

describe("fakes", () => {
  it("fakeApprover() gives its answers in order, then denies", async () => {
    const approver = fakeApprover([true, { decision: "pause" }]);
    const answers = [];
    for (const id of ["a", "b", "c"]) answers.push(await approver.decide(question({ id }), quiet()));
    expect(answers).toEqual([true, { decision: "pause" }, false]);
    expect(approver.questions.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it("fakeCheck() and fakeGate() give the answer they were made with", async () => {
    expect(await fakeCheck("deny", { rule: "r" }).check(prepared, scope)).toMatchObject({ effect: "deny", rule: "r" });
    const gate = fakeGate("ask", { risk: fakeCheck("deny") });
    expect(await gate.policy.check(prepared, scope)).toMatchObject({ effect: "none" });
    expect(await gate.permission.check(prepared, scope)).toMatchObject({ effect: "ask", basis: "default" });
    expect(await gate.risk.check(prepared, scope)).toMatchObject({ effect: "deny" });
  });

  it("fakeSandbox() runs nothing, keeps the commands and does not start after an abort", async () => {
    await using sandbox = fakeSandbox((command) => ({ stdout: String(command), stderr: "!", exitCode: 3 }));
    await expect(sandbox.exec("rm", { signal: AbortSignal.abort("over") })).rejects.toBe("over");
    expect(await sandbox.exec("ls")).toMatchObject({ output: "ls!", exitCode: 3, isolation: FAKE_ISOLATION });
    expect(sandbox.commands).toEqual(["ls"]);
  });

  it("fakeRandom() always comes out the same", () => {
    const random = fakeRandom();
    expect([random.id(), random.next(), random.id()]).toEqual(["id-1", 0.5, "id-2"]);
  });
});
