import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { verifyAudit } from "../../src/audit/index.ts";
import { BudgetTracker } from "../../src/budget/index.ts";
import { run, type RunOptions } from "../../src/index.ts";
import { anthropic } from "../../src/providers/anthropic/index.ts";
import type { Audit } from "../../src/spec/index.ts";
import { memoryAudit, scriptedModel } from "../../src/testing/index.ts";
import { deaths, silences, unendedAnswer } from "./deaths.ts";
import {
  answerText,
  closeBlock,
  CUT,
  END,
  HANG,
  openCall,
  openFaultServer,
  openText,
  PAUSE,
  START,
  STOP,
  stopReason,
  type FaultServer,
} from "./fault-server.ts";
import { messagesOf, openStage, readStory, streamedText, subtypesOf, weatherTool, type Stage } from "./stage.ts";

function optionsFor(stage: Stage, server: FaultServer, parts: RunOptions = {}): RunOptions {
  return stage.options({ provider: "anthropic", model: "claude-sonnet-5-5", baseUrl: server.url, ...parts });
}

describe("run() when the provider dies", () => {
  it.each(deaths)("$where ends with one typed error and everything settled", async (death) => {
    const { steps, seen = "", retryable = true } = death;
    await using stage = await openStage();
    await using server = await openFaultServer(steps);
    const budget = new BudgetTracker({ maxTokens: 1_000_000 });
    const { tool, asked } = weatherTool();
    const parts = { budget, tools: [tool], retry: { maxRetries: 0 } };
    const story = await readStory(run("Go", optionsFor(stage, server, parts)));
    expect(story.result).toMatchObject({
      stopReason: "error",
      turns: 1,
      toolCalls: 0,
      text: "",
      error: { code: "provider_error", retryable },
    });
    expect(streamedText(story)).toBe(seen);
    expect(messagesOf(story, "text").every(({ isPartial }) => isPartial)).toBe(true);
    expect(asked).toEqual([]);
    expect(server.requests).toHaveLength(1);
    await expect(verifyAudit(join(stage.folder, ".harness", "audit"))).resolves.toMatchObject({ ok: true });
    // A refusal by status is not billed. What any other broken call used nobody knows: all that it may have used is charged.
    const isBilled = steps[0]?.type !== "status";
    expect(budget.snapshot()).toMatchObject({ tokensReserved: 0 });
    expect(budget.snapshot().tokensUsed > 0).toBe(isBilled);
    expect(story.result.isUsageEstimated === true).toBe(isBilled);
    expect(story.result.totalTokens > 0).toBe(isBilled);
  });

  it.each(deaths.filter(({ isBegun, retryable }) => isBegun !== true && retryable !== false))(
    "$where is asked again, and a try that may have been billed counts as an estimate",
    async ({ steps }) => {
      await using stage = await openStage();
      await using server = await openFaultServer(steps, answerText("Whole."));
      const story = await readStory(run("Go", optionsFor(stage, server, { retry: { baseDelayMs: 1 } })));
      expect(story.result).toMatchObject({ stopReason: "end_turn", text: "Whole.", turns: 1 });
      const isBilled = steps[0]?.type !== "status";
      expect(story.result.totalTokens > 27).toBe(isBilled);
      expect(story.result.isUsageEstimated === true).toBe(isBilled);
      expect(streamedText(story)).toBe("Whole.");
      expect(subtypesOf(story).filter((subtype) => subtype === "model_retry")).toHaveLength(1);
      expect(server.requests).toHaveLength(2);
    },
  );

  it.each(deaths.filter(({ isBegun, retryable }) => isBegun === true || retryable === false))(
    "$where is not asked again",
    async ({ steps }) => {
      await using stage = await openStage();
      await using server = await openFaultServer(steps, answerText("Never asked for."));
      const story = await readStory(run("Go", optionsFor(stage, server, { retry: { baseDelayMs: 1 } })));
      expect(story.result.stopReason).toBe("error");
      expect(subtypesOf(story)).not.toContain("model_retry");
      expect(server.requests).toHaveLength(1);
    },
  );

  it("charges nothing for a call that was never sent", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer(answerText("Never asked for."));
    const budget = new BudgetTracker({ maxTokens: 1_000_000 });
    const { apiKey: _key, ...options } = optionsFor(stage, server, { budget });
    const { result } = await readStory(run("Go", options));
    expect(result).toMatchObject({ stopReason: "error", totalTokens: 0, error: { code: "credentials_missing" } });
    expect(budget.snapshot()).toMatchObject({ tokensUsed: 0, tokensReserved: 0 });
  });

  it("counts a whole answer once when it cannot be recorded", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer(answerText("Whole."));
    const failing: Audit = {
      ...memoryAudit(),
      append({ type }) {
        if (type === "model_call") throw new Error("The disk is full");
      },
    };
    const { result } = await readStory(run("Go", optionsFor(stage, server, { audit: failing })));
    expect(result).toMatchObject({ stopReason: "error", totalTokens: 27 });
  });

  it.each([
    ["stays open", HANG],
    ["is cut", CUT],
  ])("takes an answer as whole when message_stop came and the connection %s", async (_name, last) => {
    await using stage = await openStage();
    await using server = await openFaultServer([...unendedAnswer.steps, last]);
    const budget = new BudgetTracker({ maxTokens: 1_000_000 });
    const { result } = await readStory(run("Go", optionsFor(stage, server, { budget })));
    expect(result).toMatchObject({ stopReason: "end_turn", text: "Half an answer", totalTokens: 27 });
    expect(budget.snapshot()).toMatchObject({ tokensUsed: 27, tokensReserved: 0 });
    await server.requests[0]?.closed;
  });

  it("fails after a first turn that went well, with the usage of that turn", async () => {
    await using stage = await openStage();
    const call = [START, ...openCall(0, "Weather", ['{"city":"Oslo"}']), closeBlock(0), stopReason("tool_use"), STOP];
    await using server = await openFaultServer([...call, END], [START, ...openText(0, ["Half"]), CUT]);
    const { tool, asked } = weatherTool();
    const { result } = await readStory(run("Go", optionsFor(stage, server, { tools: [tool] })));
    expect(result).toMatchObject({ stopReason: "error", turns: 2, toolCalls: 1, error: { retryable: true } });
    expect(result.totalTokens).toBeGreaterThanOrEqual(27);
    expect(asked).toEqual(["Oslo"]);
  });
});

describe("run() with an answer that stops in its own way", () => {
  it.each(["max_tokens", "refusal", "model_context_window_exceeded", "something_new"])(
    "executes no call of one that stopped by %s",
    async (reason) => {
      await using stage = await openStage();
      const call = openCall(0, "Weather", ['{"city":"Oslo"}']);
      await using server = await openFaultServer([START, ...call, closeBlock(0), stopReason(reason), STOP, END]);
      const { tool, asked } = weatherTool();
      const { result } = await readStory(run("Go", optionsFor(stage, server, { tools: [tool] })));
      expect(result).toMatchObject({ turns: 1, toolCalls: 0, totalTokens: 27 });
      expect(result.stopReason).not.toBe("end_turn");
      expect(asked).toEqual([]);
    },
  );

  it("executes no call whose arguments are no JSON object, and tells the model", async () => {
    await using stage = await openStage();
    const end = [stopReason("tool_use"), STOP, END];
    const call = (text: string) => [START, ...openCall(0, "Weather", [text]), closeBlock(0), ...end];
    await using server = await openFaultServer(call('{"city":'), call("[1]"), answerText("I see."));
    const { tool, asked } = weatherTool();
    const story = await readStory(run("Go", optionsFor(stage, server, { tools: [tool] })));
    expect(story.result).toMatchObject({ stopReason: "end_turn", text: "I see.", turns: 3 });
    expect(messagesOf(story, "tool_result").map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
    expect(asked).toEqual([]);
  });

  it("gives each of two calls with the same id its own result", async () => {
    await using stage = await openStage();
    const args = ["Oslo", "Rome"].map((city) => ({ name: "Weather", id: "same", args: { city } }));
    const model = scriptedModel([{ toolCalls: args }, "Done."]);
    await run("Go", stage.options({ model, tools: [weatherTool().tool] })).text();
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({
      content: [{ content: "weather of Oslo: -3" }, { content: "weather of Rome: -3" }],
    });
  });
});

describe("run() when the provider falls silent", () => {
  it.each(silences)("$where gives up with a retryable error and closes the connection", async (silence) => {
    const { steps, seen = "" } = silence;
    await using stage = await openStage();
    await using server = await openFaultServer(steps);
    // What is to be seen first comes in its own time.
    const firstChunkMs = seen === "" ? 300 : 60_000;
    const parts = { timeouts: { firstChunkMs, chunkMs: 300 }, retry: { maxRetries: 0 } };
    const story = await readStory(run("Go", optionsFor(stage, server, parts)));
    expect(story.result).toMatchObject({
      stopReason: "error",
      turns: 1,
      error: { code: "provider_error", retryable: true },
    });
    expect(story.result.error?.message).toContain("silent");
    expect(streamedText(story)).toBe(seen);
    await server.requests[0]?.closed;
  });

  it("is given firstChunkMs behind a router too, whose own words are no sign of life", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer([HANG]);
    const model = anthropic({ model: "claude-sonnet-5-5", apiKey: "test", baseUrl: server.url, env: {} });
    const limits = { timeouts: { firstChunkMs: 100 }, retry: { maxRetries: 0 } };
    const story = await readStory(run("Go", stage.options({ router: { models: [model] }, ...limits })));
    expect(story.result).toMatchObject({ stopReason: "error", error: { code: "provider_error", retryable: true } });
    expect(subtypesOf(story)).toContain("model_selected");
    await server.requests[0]?.closed;
  });

  it("does not count the silence of a slow reader", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer([...unendedAnswer.steps, PAUSE, END]);
    const current = run("Go", optionsFor(stage, server, { timeouts: { chunkMs: 400 } }));
    for await (const { type } of current) {
      if (type === "text") await new Promise((resolve) => setTimeout(resolve, 900));
    }
    await expect(current.result).resolves.toMatchObject({ stopReason: "end_turn", text: "Half an answer" });
  });

  it("is ended by the limit of the turn and of the run as a timeout", async () => {
    for (const timeouts of [{ turnMs: 200 }, { runMs: 200 }]) {
      await using stage = await openStage();
      await using server = await openFaultServer([START, HANG]);
      const { result } = await readStory(run("Go", optionsFor(stage, server, { timeouts })));
      expect(result).toMatchObject({ stopReason: "timeout", error: { code: "timeout" } });
      await server.requests[0]?.closed;
    }
  });
});
