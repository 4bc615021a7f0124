import { readFileSync } from "node:fs";
import type { LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { BudgetTracker } from "../../src/budget/index.ts";
import { run } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { openFaultyProxy, type Fault } from "./faulty-proxy.ts";
import { messagesOf, openStage, readStory, streamedText } from "./stage.ts";
import { callers, openVendors } from "./vendors.ts";

interface Row {
  readonly fault: Fault;
  /** Without another model: the second try answers, or the run fails at once or after its tries. */
  readonly alone: "recovers" | "fails" | "fails after retries";
  /** Whether another vendor's model takes over. */
  readonly fallsBack: boolean;
  /** Whether the try that failed counts in budget and totals: its provider may have billed it. */
  readonly mayBeBilled: boolean;
  /** Milliseconds that the provider asked to wait. */
  readonly delayMs?: number;
}

/** What is to happen, by fault: the same for every provider. */
const ROWS = JSON.parse(readFileSync(new URL("provider-faults.json", import.meta.url), "utf8")) as readonly Row[];

const TEXT = "Whole answer of the vendor.";
/** Short where silence is the fault; else long, so that a slow machine is not taken for one. */
function timeoutsFor(fault: Fault) {
  const limitMs = fault === "silent after headers" || fault === "a byte now and then" ? 400 : 15_000;
  return { firstChunkMs: limitMs, chunkMs: limitMs };
}

let mock: LLMock;
beforeAll(async () => {
  mock = await openVendors([{ match: { userMessage: "go" }, response: { content: TEXT } }]);
});
afterAll(async () => {
  await mock.stop();
});

describe.each(callers)("$name", (caller) => {
  it.each(ROWS)("alone: $fault", async ({ fault, alone, mayBeBilled, delayMs }) => {
    await using stage = await openStage();
    await using proxy = await openFaultyProxy(mock.url, { fault, faults: 1, token: "Whole" });
    const budget = new BudgetTracker({ maxTokens: 1_000_000 });
    const story = await readStory(
      run(
        "go",
        stage.options({
          ...caller.options(proxy.url),
          retry: { maxRetries: 1, baseDelayMs: 1 },
          timeouts: timeoutsFor(fault),
          audit: false,
          budget,
        }),
      ),
    );
    const retries = messagesOf(story, "system").filter(({ subtype }) => subtype === "model_retry");
    expect(story.result.stopReason).toBe(alone === "recovers" ? "end_turn" : "error");
    expect(story.result.error?.code).toBe(alone === "recovers" ? undefined : "provider_error");
    expect(retries).toHaveLength(alone === "fails" ? 0 : 1);
    if (delayMs !== undefined) expect(retries[0]?.data).toMatchObject({ delayMs });
    if (alone === "recovers") expect(streamedText(story)).toBe(TEXT);
    if (alone === "recovers") expect(proxy.count()).toBe(2);
    expect(story.result.isUsageEstimated === true).toBe(mayBeBilled);
    expect(budget.snapshot().tokensReserved).toBe(0);
    if (alone !== "recovers") expect(budget.snapshot().tokensUsed > 0).toBe(mayBeBilled);
  });

  it.each(ROWS)("with another vendor behind it: $fault", async ({ fault, fallsBack, mayBeBilled }) => {
    await using stage = await openStage();
    await using proxy = await openFaultyProxy(mock.url, { fault, faults: Number.POSITIVE_INFINITY, token: "Whole" });
    const backup = scriptedModel(["Answer of another one."], { provider: "other", id: "backup" });
    const model = caller.toModel(proxy.url);
    const story = await readStory(
      run(
        "go",
        stage.options({
          router: { models: [model, backup] },
          retry: { maxRetries: 0 },
          timeouts: timeoutsFor(fault),
          audit: false,
        }),
      ),
    );
    const moves = messagesOf(story, "system").filter(({ subtype }) => subtype === "model_fallback");
    expect(story.result.stopReason).toBe(fallsBack ? "end_turn" : "error");
    expect(moves).toHaveLength(fallsBack ? 1 : 0);
    expect(backup.requests).toHaveLength(fallsBack ? 1 : 0);
    if (fallsBack) expect(streamedText(story)).toBe("Answer of another one.");
    expect(story.result.isUsageEstimated === true).toBe(mayBeBilled);
  });
});
