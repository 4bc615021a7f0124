import { describe, expect, it } from "vitest";

import { permitReadingAgents } from "../../src/harness/permit-reading-agents.ts";
import type { Check, CheckAnswer, CheckScope, PreparedCall } from "../../src/spec/index.ts";
import { makeTool } from "../tool-call/call-run.ts";

const task = makeTool({ name: "Task" });
const call: PreparedCall = { id: "call_1", tool: task, args: { agent_type: "explore" }, input: {} };
const agents = new Map([["explore", { isReadOnly: true }]]) as never;
// Neither is looked at here.
const scope = {} as CheckScope;

function answering(answer: unknown): Check {
  return permitReadingAgents({ check: () => answer as CheckAnswer }, task, agents);
}

describe("permitReadingAgents()", () => {
  it.each([
    ["a rule that denies", { effect: "deny", basis: "rule", reason: "no" }],
    ["an answer in no known form", {}],
    ["a basis that nobody knows", { effect: "deny", basis: "Rule", reason: "no" }],
  ])("permits nothing over %s", async (_name, answer) => {
    expect(await answering(answer).check(call, scope)).toBe(answer);
  });

  it("waits for a promise of whatever kind before it permits", async () => {
    const denial = { effect: "deny", basis: "rule", reason: "no" };
    const promise = Promise.resolve(denial);
    expect(await answering({ then: promise.then.bind(promise) }).check(call, scope)).toBe(denial);
  });

  it("permits what a mode denies by default", async () => {
    const answer = await answering({ effect: "deny", basis: "default", reason: "plan mode" }).check(call, scope);
    expect(answer).toMatchObject({ effect: "allow", basis: "default" });
  });
});
