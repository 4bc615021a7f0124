import type { Fixture } from "@copilotkit/aimock";
import { describe, expect, it } from "vitest";

import { systemClock } from "../../src/async/index.ts";
import { ProviderError } from "../../src/errors/index.ts";
import { Router } from "../../src/router/index.ts";
import { run, unwrap, type RunOptions } from "../../src/index.ts";
import type { Clock } from "../../src/spec/index.ts";
import { messagesOf, openStage, readStory, streamedText, subtypesOf, weatherTool } from "./stage.ts";
import { openVendors, vendors, type Vendor } from "./vendors.ts";

const LONG = "A long answer that goes on and on, sentence after sentence, until somebody pulls the plug.";

/** The tokens of one answer, in the words of each vendor. */
const USAGE = {
  prompt_tokens: 11,
  completion_tokens: 5,
  total_tokens: 16,
  input_tokens: 11,
  output_tokens: 5,
  promptTokenCount: 11,
  candidatesTokenCount: 5,
  totalTokenCount: 16,
};

/** The prompt "weather" asks for tools, and with their results the text comes. */
function weather(cities: readonly string[]): readonly Fixture[] {
  const toolCalls = cities.map((city, index) => ({
    id: `call_${index}`,
    name: "Weather",
    arguments: JSON.stringify({ city }),
  }));
  return [
    {
      match: { userMessage: "weather", hasToolResult: false },
      response: { content: "Let me look.", toolCalls, usage: USAGE },
    },
    { match: { userMessage: "weather", hasToolResult: true }, response: { content: "It is cold.", usage: USAGE } },
  ];
}

/** The prompt "talk" is answered by one long text. */
function talk(more: Partial<Fixture> = {}): Fixture {
  return { match: { userMessage: "talk" }, response: { content: LONG }, ...more };
}

/** A clock that sleeps no time and tells for how long it was asked to. */
function restlessClock(): { readonly clock: Clock; readonly waits: readonly number[] } {
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  return { clock: { ...systemClock, sleep }, waits };
}

describe.each(vendors)("run() with provider $name against an independent server (aimock)", (vendor: Vendor) => {
  const at = (url: string): RunOptions => ({
    provider: vendor.name,
    model: vendor.model,
    baseUrl: vendor.baseUrl(url),
  });

  it("loops: a tool call, its result, the final text", async () => {
    await using stage = await openStage();
    await using mock = await openVendors(weather(["Oslo"]));
    const { tool, asked } = weatherTool();
    const story = await readStory(run("weather?", stage.options({ ...at(mock.url), tools: [tool] })));
    expect(story.result).toMatchObject({ stopReason: "end_turn", text: "It is cold.", turns: 2, toolCalls: 1 });
    expect(asked).toEqual(["Oslo"]);
    expect(messagesOf(story, "tool_use")).toMatchObject([{ name: "Weather", args: { city: "Oslo" } }]);
    expect(messagesOf(story, "tool_result")).toMatchObject([{ content: "weather of Oslo: -3", outcome: "completed" }]);
    expect(JSON.stringify(mock.getLastRequest()?.body)).toContain("weather of Oslo: -3");
    expect(mock.getRequests()).toHaveLength(2);
    // The server counts no tokens for Ollama.
    expect(story.result.totalTokens).toBe(vendor.name === "ollama" ? 0 : 32);
  });

  it("answers two parallel calls, each by its own result in the order asked", async () => {
    await using stage = await openStage();
    await using mock = await openVendors(weather(["Oslo", "Rome"]));
    const { tool, asked } = weatherTool();
    const story = await readStory(run("weather?", stage.options({ ...at(mock.url), tools: [tool] })));
    expect(story.result).toMatchObject({ stopReason: "end_turn", text: "It is cold.", turns: 2, toolCalls: 2 });
    expect(asked.toSorted()).toEqual(["Oslo", "Rome"]);
    const uses = messagesOf(story, "tool_use");
    expect(new Set(uses.map(({ id }) => id)).size).toBe(2);
    expect(messagesOf(story, "tool_result").map(({ toolUseId }) => toolUseId)).toEqual(uses.map(({ id }) => id));
    const sent = JSON.stringify(mock.getLastRequest()?.body);
    expect(sent.indexOf("weather of Oslo: -3")).toBeGreaterThan(0);
    expect(sent.indexOf("weather of Rome: -3")).toBeGreaterThan(sent.indexOf("weather of Oslo: -3"));
  });

  it("waits as Retry-After says after a 429 and goes on", async () => {
    await using stage = await openStage();
    const busy = { error: { message: "Slow down", type: "rate_limit_error" }, status: 429, retryAfter: 7 };
    await using mock = await openVendors([
      { match: { userMessage: "talk", sequenceIndex: 0 }, response: busy },
      talk(),
    ]);
    const { clock, waits } = restlessClock();
    const story = await readStory(run("talk", stage.options({ ...at(mock.url), clock })));
    expect(story.result).toMatchObject({ stopReason: "end_turn", text: LONG, turns: 1 });
    expect(subtypesOf(story)).toContain("model_retry");
    expect(waits).toEqual([7000]);
    expect(mock.getRequests()).toHaveLength(2);
  });

  it("ends with a typed error for a 401 and asks only once", async () => {
    await using stage = await openStage();
    await using mock = await openVendors([talk()]);
    mock.nextRequestError(401, { message: "Bad key", type: "authentication_error" });
    const { result } = await readStory(run("talk", stage.options(at(mock.url))));
    expect(result).toMatchObject({
      stopReason: "error",
      text: "",
      error: { code: "provider_error", retryable: false },
    });
    expect(() => unwrap(result)).toThrow(ProviderError);
    expect(mock.getRequests()).toHaveLength(1);
  });

  it("falls back through a router after a 500, and the next model answers to the end", async () => {
    await using stage = await openStage();
    await using broken = await openVendors([
      { match: {}, response: { error: { message: "Oops", type: "server_error" }, status: 500 } },
    ]);
    await using mock = await openVendors(weather(["Oslo"]));
    const other = vendors[(vendors.indexOf(vendor) + 1) % vendors.length] ?? vendor;
    const router = new Router({ models: [vendor.toModel(broken.url), other.toModel(mock.url)] });
    const { tool } = weatherTool();
    const story = await readStory(run("weather?", stage.options({ tools: [tool], router })));
    expect(story.result).toMatchObject({ stopReason: "end_turn", text: "It is cold.", turns: 2 });
    expect(subtypesOf(story)).toContain("model_fallback");
    expect(subtypesOf(story)).not.toContain("model_retry");
    expect(Object.keys(story.result.costByModel)).toEqual([other.model]);
  });

  it("streams a slow answer as it comes", async () => {
    await using stage = await openStage();
    await using mock = await openVendors([talk({ latency: 4 })]);
    const story = await readStory(run("talk", stage.options(at(mock.url))));
    expect(story.result).toMatchObject({ stopReason: "end_turn", text: LONG });
    expect(streamedText(story)).toBe(LONG);
    expect(messagesOf(story, "text").length).toBeGreaterThan(5);
  });

  it("gives a silent server up, retryable", async () => {
    await using stage = await openStage();
    await using mock = await openVendors([talk({ chaos: { latencyMs: 30_000 } })]);
    const limits = { timeouts: { firstChunkMs: 100 }, retry: { maxRetries: 0 } };
    const { result } = await readStory(run("talk", stage.options({ ...at(mock.url), ...limits })));
    expect(result).toMatchObject({ stopReason: "error", text: "", error: { code: "provider_error", retryable: true } });
    expect(result.error?.message).toContain("silent");
  });

  it("never takes a cut answer for a whole one, and asks no second time once text was shown", async () => {
    await using stage = await openStage();
    await using mock = await openVendors([talk({ chunkSize: 3, latency: 10, truncateAfterChunks: 12 })]);
    const story = await readStory(run("talk", stage.options(at(mock.url))));
    expect(story.result).toMatchObject({ stopReason: "error", error: { code: "provider_error", retryable: true } });
    const seen = streamedText(story);
    expect(LONG.startsWith(seen) && seen.length > 0 && seen.length < LONG.length).toBe(true);
    expect(messagesOf(story, "text").every(({ isPartial }) => isPartial)).toBe(true);
    expect(subtypesOf(story)).not.toContain("model_retry");
    expect(mock.getRequests()).toHaveLength(1);
  });

  it("tries again when the connection is cut before the first byte", async () => {
    await using stage = await openStage();
    await using mock = await openVendors([talk({ chaos: { disconnectRate: 1 } })]);
    const { clock, waits } = restlessClock();
    const limits = { clock, retry: { maxRetries: 2 } };
    const { result } = await readStory(run("talk", stage.options({ ...at(mock.url), ...limits })));
    expect(result).toMatchObject({ stopReason: "error", text: "", error: { code: "provider_error", retryable: true } });
    expect(waits).toHaveLength(2);
    expect(mock.getRequests()).toHaveLength(3);
  });

  it("ends with a typed error for an answer that cannot be read", async () => {
    await using stage = await openStage();
    await using mock = await openVendors([talk({ chaos: { malformedRate: 1 } })]);
    const story = await readStory(run("talk", stage.options({ ...at(mock.url), retry: { maxRetries: 0 } })));
    expect(story.result).toMatchObject({ stopReason: "error", text: "", error: { code: "provider_error" } });
    expect(story.result.error?.message).toContain(vendor.name === "openai-chat" ? "openai" : vendor.name);
    expect(streamedText(story)).toBe("");
  });
});
