import type { StandardSchemaV1 } from "@standard-schema/spec";

import { systemClock } from "../../src/async/index.ts";
import type { Hooks, JsonObject, Tool, ToolCall, ToolCallResult } from "../../src/spec/index.ts";
import {
  fakeBudget,
  fakeFiles,
  fakeGate,
  fakeLabeller,
  fakeRandom,
  fakeSandbox,
  memoryAudit,
} from "../../src/testing/index.ts";
import { runToolCall, type ToolCallEvent, type ToolCallRun } from "../../src/tool-call/index.ts";

/** A schema that takes any object. */
export const ANY_OBJECT: StandardSchemaV1<unknown, JsonObject> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "object" && value !== null
        ? { value: value as JsonObject }
        : { issues: [{ message: "no object" }] },
  },
};

export function makeTool(parts: Partial<Tool<JsonObject>> = {}): Tool {
  const tool: Tool<JsonObject> = {
    name: "Echo",
    description: "Says what it got",
    input: ANY_OBJECT,
    inputSchema: { type: "object" },
    effect: "execute",
    durability: "atMostOnce",
    cancel: "immediate",
    execute: (input) => `got ${JSON.stringify(input)}`,
    ...parts,
  };
  return tool as Tool;
}

export const NO_HOOKS: Hooks = {
  has: () => false,
  run: async () => ({ verdict: "proceed", guidance: [], failures: [] }),
};

export function makeRun(parts: Partial<ToolCallRun> = {}, tools: readonly Tool[] = [makeTool()]): ToolCallRun {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    scope: { sessionId: "session", agent: "main" },
    cwd: "/work",
    tools: { get: (name) => byName.get(name), names: () => [...byName.keys()] },
    hooks: NO_HOOKS,
    gate: fakeGate(),
    labeller: fakeLabeller(),
    approver: undefined,
    budget: fakeBudget(),
    sandbox: fakeSandbox(),
    files: fakeFiles(),
    fetch: () => Promise.reject(new Error("no network in tests")),
    filters: [],
    audit: memoryAudit(),
    tracer: undefined,
    clock: systemClock,
    random: fakeRandom(),
    limits: { toolMs: 5000, checkMs: 5000, approvalMs: undefined, maxOutputBytes: 10_000 },
    log() {},
    ...parts,
  };
}

export const CALL: ToolCall = { id: "call_1", name: "Echo", args: { text: "hi" } };

/** Runs a call to its end. */
export async function finish(
  run: ToolCallRun,
  call: ToolCall = CALL,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly result: ToolCallResult; readonly events: readonly ToolCallEvent[] }> {
  const events: ToolCallEvent[] = [];
  const result = await runToolCall(call, run, { signal, tell: (event) => void events.push(event) });
  return { result, events };
}
