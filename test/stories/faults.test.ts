import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { verifyAudit } from "../../src/audit/index.ts";
import { BudgetTracker } from "../../src/budget/index.ts";
import { run, type RunOptions } from "../../src/index.ts";
import type { Audit } from "../../src/spec/index.ts";
import { memoryAudit } from "../../src/testing/index.ts";
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
  PAUSE,
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
const WHOLE_CALL = [...openCall(0, "Weather", ['{"city":"Oslo"}']), closeBlock(0)];
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

/** An answer that dies. */
interface Death {
  readonly where: string;
  readonly steps: readonly FaultStep[];
  /** The text that the reader saw. @default "" */
  readonly seen?: string;
  /** Whether the same request may succeed later. @default true */
  readonly retryable?: boolean;
  /** Something of the answer was already handed on, so that a second one would repeat it. */
  readonly isBegun?: boolean;
}

const HALF = { seen: "Half an answer", isBegun: true } as const;

const deaths: readonly Death[] = [
  { where: "before the headers", steps: [CUT] },
  { where: "after the headers", steps: [HEADERS, CUT] },
  { where: "by ending after the headers", steps: [HEADERS, END] },
  { where: "after message_start", steps: [START, CUT] },
  { where: "by ending after message_start", steps: [START, END] },
  { where: "in the middle of a text", steps: [START, ...TEXT, CUT], ...HALF },
  { where: "by ending in the middle of a text", steps: [START, ...TEXT, END], ...HALF },
  { where: "in the middle of a tool's arguments", steps: [START, ...CALL, CUT] },
  { where: "by ending in the middle of a tool's arguments", steps: [START, ...CALL, END] },
  { where: "after a whole tool call", steps: [START, ...WHOLE_CALL, CUT], isBegun: true },
  { where: "after message_delta", steps: [...WHOLE, CUT], ...HALF },
  { where: "by ending after message_delta", steps: [...WHOLE, END], ...HALF },
  { where: "with an error event before the text", steps: [START, OVERLOADED, END] },
  { where: "with an error event in the text", steps: [START, ...TEXT, PAUSE, OVERLOADED, END], ...HALF },
  { where: "with an error event that is final", steps: [INVALID, END], retryable: false },
  { where: "with an event that is not JSON", steps: [START, ...TEXT, PAUSE, BROKEN, STOP, END], ...HALF },
  { where: "with a page instead of a stream", steps: [PAGE, END] },
  { where: "with status 400", steps: status(400, "invalid_request_error"), retryable: false },
  { where: "with status 529", steps: status(529, "overloaded_error") },
  {
    where: "with a redirect",
    steps: [{ type: "status", status: 307, headers: { location: "http://127.0.0.1:9/" } }, END],
    retryable: false,
  },
];

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
    "$where is asked again, and the second answer counts alone",
    async ({ steps }) => {
      await using stage = await openStage();
      await using server = await openFaultServer(steps, answerText("Whole."));
      const story = await readStory(run("Go", optionsFor(stage, server, { retry: { baseDelayMs: 1 } })));
      expect(story.result).toMatchObject({ stopReason: "end_turn", text: "Whole.", turns: 1, totalTokens: 27 });
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
      record({ type }) {
        if (type === "provider_call") throw new Error("The disk is full");
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
