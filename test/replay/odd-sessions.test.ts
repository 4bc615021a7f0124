import { describe, expect, it } from "vitest";
import { z } from "zod";

import { createHarness, defineTool, ProviderError, run, type HookEntry, type RunOptions } from "../../src/index.ts";
import { readRecording, replaySession } from "../../src/replay/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";

/** Tools whose results tell how often they were called. */
function openTools() {
  let count = 0;
  const input = z.looseObject({});
  const describe = { description: "Counts", input } as const;
  const execute = (): string => `result ${(count += 1)}`;
  const waitForAbort = async (_input: object, { signal }: { readonly signal: AbortSignal }): Promise<string> => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  };
  return [
    defineTool({ name: "Look", effect: "read", ...describe, execute }),
    defineTool({ name: "Change", effect: "write", ...describe, execute }),
    defineTool({ name: "Wait", effect: "read", ...describe, execute: waitForAbort }),
  ];
}

function openSession() {
  const store = memoryStore();
  const tools = openTools();
  const session = { id: "s", store };
  const base = {
    audit: false,
    config: false,
    env: {},
    sandbox: "none",
    permissionMode: "bypass",
    tools,
    session,
  } as const;
  const go = async (steps: readonly ScriptedStep[], options: RunOptions = {}) =>
    await run("Go", { ...base, model: scriptedModel(steps, { contextWindow: 8000 }), ...options }).result;
  /** Replays the session twice and with its own tools; returns how its runs ended. */
  const replay = async () => {
    const recording = await readRecording(store, "s");
    const [first, second] = [await replaySession(recording), await replaySession(recording)];
    expect(first.divergences).toEqual([]);
    expect(second).toEqual(first);
    expect((await replaySession(recording, { tools })).divergences).toEqual([]);
    return { ends: recording.runs.map(({ stopReason }) => stopReason), compactions: recording.compactions };
  };
  return { base, go, replay };
}

const look = (args: object = {}) => ({ name: "Look", args: args as Record<string, never> });
const change = (args: object = {}) => ({ name: "Change", args: args as Record<string, never> });
const failed = new ProviderError("overloaded", { provider: "scripted", isRetryable: true });
const refused = new ProviderError("refused", { provider: "scripted", isRetryable: false });

describe("replaySession() gives again, as it was,", () => {
  it("a session that was compacted on the way", async () => {
    const { go, replay } = openSession();
    const long = "word ".repeat(600);
    const turns = (): readonly ScriptedStep[] =>
      Array.from({ length: 6 }, (_, turn) => ({ toolCalls: [look({ turn, long })] }));
    const options = { compaction: { threshold: 0.5, keep: 0.2 }, maxOutputTokens: 500 };
    for (let count = 0; count < 3; count += 1) await go([...turns(), "One", "Two", "Three", "Four"], options);
    expect((await replay()).compactions).toBeGreaterThan(0);
  });

  it("runs that were retried, that failed, that were at their limit, and that were denied what others were not", async () => {
    const { go, replay } = openSession();
    const retry = { maxRetries: 3, baseDelayMs: 1, maxDelayMs: 1 };
    await go([{ error: failed }, { toolCalls: [look(), look()] }, { error: failed }, "Done."], { retry });
    await go([{ toolCalls: [look()] }, { error: refused }]);
    await go([{ toolCalls: [look()] }, { toolCalls: [look()] }, "Never"], { maxTurns: 2 });
    await go([{ toolCalls: [look(), change()] }, "Done."], { permissions: { deny: ["Change"] } });
    await go([{ toolCalls: [look(), change()] }, { text: "Half", finishReason: "max_tokens" }]);
    expect((await replay()).ends).toEqual(["end_turn", "error", "max_turns", "end_turn", "max_tokens"]);
  });

  it("a run that was aborted in the middle of its calls, and the one after it", async () => {
    const { base, go, replay } = openSession();
    const ended = new AbortController();
    const wait = { name: "Wait", args: {} };
    const model = scriptedModel([{ toolCalls: [look()] }, { toolCalls: [wait, look(), change()] }, "Never"]);
    for await (const message of run("Go", { ...base, model, signal: ended.signal })) {
      if (message.type === "tool_use" && message.name === "Wait") ended.abort();
    }
    await go([{ toolCalls: [change()] }, "Done."]);
    expect((await replay()).ends).toEqual(["aborted", "end_turn"]);
  });

  it("a run that paused for an approval and was resumed", async () => {
    const { base, go, replay } = openSession();
    const calls = { toolCalls: [look(), change(), look()] };
    expect((await go([calls], { permissionMode: "default", onApproval: "pause" })).stopReason).toBe("paused");
    const model = scriptedModel([{ toolCalls: [look()] }, "Done."]);
    const options = { ...base, model, permissionMode: "default", onApproval: async () => true } as const;
    await using harness = await createHarness(options);
    expect((await harness.resume(base.session.id).result).stopReason).toBe("end_turn");
    expect((await replay()).ends).toEqual(["end_turn"]);
  });

  it("calls whose arguments a person or a hook changed, or that a hook that broke denied", async () => {
    const { go, replay } = openSession();
    const onApproval = async ({ args }: { readonly args: object }) =>
      "first" in args
        ? ({ decision: "approve", editedArgs: { edited: true } } as const)
        : ({ decision: "deny", feedback: "not this" } as const);
    const step = { toolCalls: [change({ first: 1 }), change({ second: 2 }), look()] };
    await go([step, "Done."], { permissionMode: "default", onApproval });
    const breaks: HookEntry = {
      event: "beforeToolCall",
      matcher: "Change",
      run: () => {
        throw new Error("it broke");
      },
    };
    await go([step, "Done."], { hooks: [breaks] });
    expect((await replay()).ends).toEqual(["end_turn", "end_turn"]);
  });
});
