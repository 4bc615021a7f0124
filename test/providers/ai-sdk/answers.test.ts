import { describe, expect, it } from "vitest";

import { aiSdk, type AiSdkVersion } from "../../../src/providers/ai-sdk/index.ts";
import { collect } from "../openai/stream-server.ts";
import { HI, endOf, handMade } from "./hand-made.ts";

const VERSIONS: readonly AiSdkVersion[] = ["v2", "v3", "v4"];

describe.each(VERSIONS)("aiSdk() over a %s model", (version) => {
  it("reads text, reasoning and calls in order, with the vendor's metadata", async () => {
    const model = aiSdk(
      handMade(
        [
          { type: "stream-start", warnings: [] },
          { type: "response-metadata", id: "r" },
          { type: "reasoning-start", id: "1" },
          { type: "reasoning-delta", id: "1", delta: "I " },
          { type: "reasoning-delta", id: "1", delta: "think" },
          { type: "reasoning-end", id: "1", providerMetadata: { own: { signature: "s" } } },
          { type: "text-start", id: "1", providerMetadata: { own: { itemId: "t" } } },
          { type: "text-delta", id: "1", delta: "Hello" },
          { type: "text-delta", id: "1", delta: "!" },
          { type: "text-end", id: "1" },
          { type: "text-start", id: "1" },
          { type: "text-delta", id: "1", delta: "more" },
          { type: "tool-input-start", id: "c1", toolName: "look" },
          { type: "tool-input-delta", id: "c1", delta: '{"a":1}' },
          { type: "tool-input-end", id: "c1" },
          {
            type: "tool-call",
            toolCallId: "c1",
            toolName: "look",
            input: '{"a":1}',
            providerMetadata: { own: { x: 1 } },
          },
          { type: "tool-call", toolCallId: "", toolName: "list", input: "" },
          { type: "tool-call", toolCallId: "c3", toolName: "bad", input: '{"a":' },
          endOf(version, "tool-calls"),
        ],
        { version },
      ),
    );
    const { parts, text, reasoning, finish } = await collect(model);
    expect([reasoning, text]).toEqual(["I think", "Hello!more"]);
    expect(finish).toMatchObject({
      reason: "tool_use",
      rawReason: version === "v2" ? "tool-calls" : "raw_tool-calls",
      usage: { input: 10, output: 4, cacheRead: 6, cacheWrite: 0, reasoning: 1 },
    });
    expect(finish.message).toEqual({
      role: "assistant",
      model: { provider: "own.chat", id: "m1" },
      content: [
        { type: "reasoning", text: "I think", providerData: { own: { signature: "s" } } },
        { type: "text", text: "Hello!", providerData: { own: { itemId: "t" } } },
        { type: "text", text: "more" },
        { type: "tool-call", id: "c1", name: "look", args: { a: 1 }, providerData: { own: { x: 1 } } },
        { type: "tool-call", id: "call_1", name: "list", args: {} },
        { type: "tool-call", id: "c3", name: "bad", args: undefined, invalidArgs: '{"a":' },
      ],
    });
    expect(parts.flatMap((part) => (part.type === "tool-call" ? part.call : []))).toEqual(
      finish.message.content.slice(3),
    );
  });

  it("tells which model really answered", async () => {
    const told = [
      { type: "response-metadata", id: "r-1", modelId: "m1-2026-01-01", timestamp: new Date(0) },
      { type: "response-metadata", id: "r-2" },
      { type: "response-metadata", modelId: "" },
      HI,
      endOf(version, "stop"),
    ];
    const { finish } = await collect(aiSdk(handMade(told, { version })));
    expect(finish).toMatchObject({ fingerprint: "m1-2026-01-01", responseId: "r-2" });
    const { finish: untold } = await collect(aiSdk(handMade([HI, endOf(version, "stop")], { version })));
    expect(untold).not.toHaveProperty("fingerprint");
    expect(untold).not.toHaveProperty("responseId");
  });

  it.each([
    ["stop", "end_turn"],
    ["length", "max_tokens"],
    ["content-filter", "refusal"],
  ])("finish reason %s is %s", async (word, reason) => {
    const { finish } = await collect(aiSdk(handMade([HI, endOf(version, word)], { version })));
    expect(finish.reason).toBe(reason);
  });

  it("keeps what the vendor did by itself and gives it back", async () => {
    const call = {
      type: "tool-call",
      toolCallId: "s1",
      toolName: "search",
      input: '{"q":"x"}',
      providerExecuted: true,
      providerMetadata: { own: { id: 1 } },
    };
    const preview = { type: "tool-result", toolCallId: "s1", toolName: "search", result: {}, preliminary: true };
    const result = { type: "tool-result", toolCallId: "s1", toolName: "search", result: { hits: 2 } };
    const file = { type: "file", mediaType: "image/png", data: new Uint8Array([1, 2, 3]) };
    const source = { type: "source", sourceType: "url", id: "u", url: "https://host" };
    const languageModel = handMade([call, preview, result, file, source, HI, endOf(version)], { version });
    const model = aiSdk(languageModel);
    const { finish, parts } = await collect(model);
    expect(finish.reason).toBe("end_turn");
    expect(parts.some((part) => part.type === "tool-call")).toBe(false);
    await collect(model, { messages: [finish.message], tools: [] });
    expect(languageModel.calls[1]?.prompt).toEqual([
      {
        role: "assistant",
        content: [
          {
            type: "tool-call",
            toolCallId: "s1",
            toolName: "search",
            input: { q: "x" },
            providerExecuted: true,
            providerOptions: { own: { id: 1 } },
          },
          {
            type: "tool-result",
            toolCallId: "s1",
            toolName: "search",
            output: { type: "json", value: { hits: 2 } },
          },
          { type: "file", mediaType: "image/png", data: "AQID" },
          { type: "text", text: "hi" },
        ],
      },
    ]);
  });

  it("reads no further than the end, and closes a stream that stays open", async () => {
    const languageModel = handMade([HI, endOf(version), HI], { version, staysOpen: true });
    expect((await collect(aiSdk(languageModel))).text).toBe("hi");
    expect(languageModel.cancelled).toHaveLength(1);
  });
});

describe("aiSdk() counts", () => {
  const usageOf = async (version: AiSdkVersion, usage: unknown) => {
    const { finish } = await collect(aiSdk(handMade([HI, { ...endOf(version), usage }], { version })));
    return finish.usage;
  };

  it.each([
    ["a cache that the vendor leaves out", { inputTokens: 4, outputTokens: 4, cachedInputTokens: 6 }, [10, 4, 6, 0]],
    [
      "reasoning that the vendor leaves out, by the total",
      { inputTokens: 10, outputTokens: 4, totalTokens: 17, reasoningTokens: 3 },
      [10, 7, 0, 3],
    ],
    ["reasoning that is more than the output", { inputTokens: 2, outputTokens: 1, reasoningTokens: 3 }, [2, 4, 0, 3]],
  ])("in v2 %s", async (_what, usage, [input, output, cacheRead, reasoning]) => {
    expect(await usageOf("v2", usage)).toEqual({ input, output, cacheRead, cacheWrite: 0, reasoning });
  });

  it("in v4 parts where the total is missing", async () => {
    const usage = { inputTokens: { noCache: 1, cacheRead: 2, cacheWrite: 3 }, outputTokens: { text: 4, reasoning: 5 } };
    expect(await usageOf("v4", usage)).toEqual({ input: 6, output: 9, cacheRead: 2, cacheWrite: 3, reasoning: 5 });
  });

  it("nothing where nothing is told", async () => {
    expect(await usageOf("v4", { inputTokens: {}, outputTokens: {} })).toBeUndefined();
    expect(await usageOf("v2", { inputTokens: undefined, outputTokens: undefined })).toBeUndefined();
    expect(await usageOf("v2", undefined)).toBeUndefined();
  });
});

describe("aiSdk() refuses with a TypeError", () => {
  it.each([
    ["the name of a model", "gpt-5", /"gpt-5" is the name of a model/],
    ["nothing", undefined, /doStream/],
    ["an object of something else", { provider: "x" }, /doStream/],
    ["a model of an old specification", { ...handMade([]), specificationVersion: "v1" }, /specification v1/],
    ["a model of a later specification", { ...handMade([]), specificationVersion: "v5" }, /v2, v3, v4/],
  ])("%s", (_what, value, message) => {
    // Callers without types pass anything.
    const languageModel = value as ReturnType<typeof handMade>;
    expect(() => aiSdk(languageModel)).toThrow(TypeError);
    expect(() => aiSdk(languageModel)).toThrow(message);
  });
});

it("aiSdk() keeps provider, id and info of the model", () => {
  const info = { id: "m1", provider: "own.chat", contextWindow: 9 };
  expect(aiSdk(handMade([]), { info })).toMatchObject({ provider: "own.chat", id: "m1", info });
});
