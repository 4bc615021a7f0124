import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { verifyAudit } from "../../src/audit/index.ts";
import { BudgetTracker } from "../../src/budget/index.ts";
import { run, type RunOptions } from "../../src/index.ts";
import {
  answerText,
  closeBlock,
  CUT,
  END,
  HANG,
  HEADERS,
  openCall,
  openFaultServer,
  openText,
  sendEvent,
  START,
  STOP,
  stopReason,
  type FaultServer,
  type FaultStep,
} from "./fault-server.ts";
import { messagesOf, openStage, readStory, streamedText, subtypesOf, weatherTool, type Stage } from "./stage.ts";

const TEXT = openText(0, ["Half ", "an answer"]);
const CALL = openCall(0, "Weather", ['{"ci', 'ty":"Os']);
const WHOLE = [START, ...TEXT, closeBlock(0), stopReason("end_turn")];
const OVERLOADED = sendEvent({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
const INVALID = sendEvent({ type: "error", error: { type: "invalid_request_error", message: "No" } });
const BROKEN: FaultStep = { type: "raw", text: 'event: content_block_delta\ndata: {"type":"content_blo\n\n' };
const PAGE: FaultStep = { type: "raw", text: "<html>Welcome to the captive portal</html>" };

function status(code: number, type: string): readonly FaultStep[] {
  const body = JSON.stringify({ type: "error", error: { type, message: "Refused" } });
  return [{ type: "status", status: code }, { type: "raw", text: body }, END];
}

function optionsFor(stage: Stage, server: FaultServer, parts: RunOptions = {}): RunOptions {
  return stage.options({ provider: "anthropic", model: "claude-sonnet-5-5", baseUrl: server.url, ...parts });
}

/** The answer that dies, what the reader saw of it, and whether the same request may succeed later. */
const deaths: readonly (readonly [where: string, seen: string, retryable: boolean, steps: readonly FaultStep[]])[] = [
  ["before the headers", "", true, [CUT]],
  ["after the headers", "", true, [HEADERS, CUT]],
  ["by ending after the headers", "", true, [HEADERS, END]],
  ["after message_start", "", true, [START, CUT]],
  ["by ending after message_start", "", true, [START, END]],
  ["in the middle of a text", "Half an answer", true, [START, ...TEXT, CUT]],
  ["by ending in the middle of a text", "Half an answer", true, [START, ...TEXT, END]],
  ["in the middle of a tool's arguments", "", true, [START, ...CALL, CUT]],
  ["by ending in the middle of a tool's arguments", "", true, [START, ...CALL, END]],
  ["after a whole tool call", "", true, [START, ...openCall(0, "Weather", ['{"city":"Oslo"}']), closeBlock(0), CUT]],
  ["after message_delta", "Half an answer", true, [...WHOLE, CUT]],
  ["by ending after message_delta", "Half an answer", true, [...WHOLE, END]],
  ["with an error event before the text", "", true, [START, OVERLOADED, END]],
  ["with an error event in the text", "Half an answer", true, [START, ...TEXT, OVERLOADED, END]],
  ["with an error event that is final", "", false, [INVALID, END]],
  ["with an event that is not JSON", "Half an answer", true, [START, ...TEXT, BROKEN, closeBlock(0), STOP, END]],
  ["with a page instead of a stream", "", true, [PAGE, END]],
  ["with status 400", "", false, status(400, "invalid_request_error")],
  ["with status 529", "", true, status(529, "overloaded_error")],
  ["with a redirect", "", false, [{ type: "status", status: 307, headers: { location: "http://127.0.0.1:9/" } }, END]],
];

describe("run() when the provider dies", () => {
  it.each(deaths)("%s ends with one typed error and everything settled", async (_where, seen, retryable, steps) => {
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
    // What a broken call used is not known: all that it could have used is charged, and nothing stays reserved.
    expect(budget.snapshot()).toMatchObject({ tokensReserved: 0 });
    expect(budget.snapshot().tokensUsed).toBeGreaterThan(0);
    await expect(verifyAudit(join(stage.folder, ".harness", "audit"))).resolves.toMatchObject({ ok: true });
  });

  it.each(deaths.filter(([, seen, retryable]) => seen === "" && retryable))(
    "%s is asked again, and the second answer counts alone",
    async (_where, _seen, _retryable, steps) => {
      await using stage = await openStage();
      await using server = await openFaultServer(steps, answerText("Whole."));
      const story = await readStory(run("Go", optionsFor(stage, server, { retry: { baseDelayMs: 1 } })));
      expect(story.result).toMatchObject({ stopReason: "end_turn", text: "Whole.", turns: 1, totalTokens: 27 });
      expect(streamedText(story)).toBe("Whole.");
      expect(subtypesOf(story).filter((subtype) => subtype === "model_retry")).toHaveLength(1);
      expect(server.requests).toHaveLength(2);
    },
  );

  it.each(deaths.filter(([, seen]) => seen !== ""))("%s is not asked again: text was shown", async (...death) => {
    await using stage = await openStage();
    await using server = await openFaultServer(death[3], answerText("Never asked for."));
    const story = await readStory(run("Go", optionsFor(stage, server, { retry: { baseDelayMs: 1 } })));
    expect(story.result.stopReason).toBe("error");
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["stays open", HANG],
    ["is cut", CUT],
  ])("takes an answer as whole when message_stop came and the connection %s", async (_name, last) => {
    await using stage = await openStage();
    await using server = await openFaultServer([...WHOLE, STOP, last]);
    const budget = new BudgetTracker({ maxTokens: 1_000_000 });
    const { result } = await readStory(run("Go", optionsFor(stage, server, { budget })));
    expect(result).toMatchObject({ stopReason: "end_turn", text: "Half an answer", totalTokens: 27 });
    expect(budget.snapshot()).toMatchObject({ tokensUsed: 27, tokensReserved: 0 });
    await server.requests[0]?.closed;
  });

  it("fails after a first turn that went well, with the usage of that turn", async () => {
    await using stage = await openStage();
    const call = [START, ...openCall(0, "Weather", ['{"city":"Oslo"}']), closeBlock(0), stopReason("tool_use"), STOP];
    await using server = await openFaultServer([...call, END], [START, ...TEXT, CUT]);
    const { tool, asked } = weatherTool();
    const { result } = await readStory(run("Go", optionsFor(stage, server, { tools: [tool] })));
    expect(result).toMatchObject({ stopReason: "error", turns: 2, toolCalls: 1, error: { retryable: true } });
    expect(result.totalTokens).toBeGreaterThanOrEqual(27);
    expect(asked).toEqual(["Oslo"]);
  });
});

describe("run() when the provider falls silent", () => {
  it.each([
    ["before the headers", "", [HANG]],
    ["after the headers", "", [HEADERS, HANG]],
    ["after message_start", "", [START, HANG]],
    ["in the middle of a text", "Half an answer", [START, ...TEXT, HANG]],
    ["in the middle of a tool's arguments", "", [START, ...CALL, HANG]],
    ["after message_delta", "Half an answer", [...WHOLE, HANG]],
  ] as const)("%s gives up with a retryable error and closes the connection", async (_where, seen, steps) => {
    await using stage = await openStage();
    await using server = await openFaultServer(steps);
    const parts = { timeouts: { firstChunkMs: 300, chunkMs: 100 }, retry: { maxRetries: 0 } };
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

  it("does not count the silence of a slow reader", async () => {
    await using stage = await openStage();
    await using server = await openFaultServer([...WHOLE, STOP, END]);
    const current = run("Go", optionsFor(stage, server, { timeouts: { chunkMs: 50 } }));
    for await (const { type } of current) {
      if (type === "text") await new Promise((resolve) => setTimeout(resolve, 120));
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
