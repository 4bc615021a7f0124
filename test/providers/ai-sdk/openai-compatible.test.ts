import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModelV2, LanguageModelV3, LanguageModelV4 } from "@ai-sdk/provider";
import { LLMock } from "@copilotkit/aimock";
import { describe, expect, expectTypeOf, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { aiSdk, type AiSdkLanguageModel } from "../../../src/providers/ai-sdk/index.ts";
import type { Model, ModelMessage } from "../../../src/spec/index.ts";
import { PNG, foreignHistory, readTool, withHistory } from "../openai/histories.ts";
import {
  collect,
  failure,
  helloRequest,
  replay,
  sendEvents,
  startServer,
  type Answer,
} from "../openai/stream-server.ts";

/** A real model of the AI SDK. */
function modelFor(baseURL: string): Model {
  const provider = createOpenAICompatible({ name: "local", baseURL, apiKey: "sk-test-1234567890", includeUsage: true });
  return aiSdk(provider("m1"));
}

const delta = (fields: object, finish_reason: string | null = null) => ({
  id: "r",
  choices: [{ index: 0, delta: fields, finish_reason }],
});
const HI = delta({ content: "hi" });
const END = {
  ...delta({}, "stop"),
  usage: {
    prompt_tokens: 10,
    completion_tokens: 4,
    total_tokens: 14,
    prompt_tokens_details: { cached_tokens: 6 },
    completion_tokens_details: { reasoning_tokens: 1 },
  },
};

/** Sends the begin of an answer and leaves it open. */
const open: Answer = (response) => sendEvents(response, [JSON.stringify(HI)]);

async function fail(answer: Answer): Promise<unknown> {
  await using server = await startServer(answer);
  const error = await failure(collect(modelFor(server.url)));
  expect(error).toBeInstanceOf(ProviderError);
  expect(server.requests).toHaveLength(1);
  return error;
}

describe("aiSdk() over a model of @ai-sdk/openai-compatible", () => {
  it("takes the models of every version by their types", () => {
    expectTypeOf<LanguageModelV2>().toExtend<AiSdkLanguageModel>();
    expectTypeOf<LanguageModelV3>().toExtend<AiSdkLanguageModel>();
    expectTypeOf<LanguageModelV4>().toExtend<AiSdkLanguageModel>();
    expect(modelFor("http://127.0.0.1:9")).toMatchObject({ provider: "local.chat", id: "m1" });
  });

  it.each([7, 100_000])("reads text, reasoning, parallel calls and usage in pieces of %i bytes", async (size) => {
    const call = (index: number, fields: object, more: object = {}) =>
      delta({ tool_calls: [{ index, ...more, function: fields }] });
    const events = [
      delta({ reasoning_content: "hm" }),
      HI,
      call(0, { name: "look", arguments: "" }, { id: "a", type: "function" }),
      call(0, { arguments: '{"at":"Os' }),
      call(1, { name: "list", arguments: "" }, { id: "b", type: "function" }),
      call(0, { arguments: 'lo"}' }),
      call(1, { arguments: "{}" }),
      { ...END, choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
      "[DONE]",
    ];
    await using server = await startServer(replay(events, size));
    const { text, reasoning, finish } = await collect(modelFor(server.url));
    expect([text, reasoning]).toEqual(["hi", "hm"]);
    expect(finish).toMatchObject({
      reason: "tool_use",
      rawReason: "tool_calls",
      usage: { input: 10, output: 4, cacheRead: 6, cacheWrite: 0, reasoning: 1 },
    });
    expect(finish.message.content.filter((part) => part.type === "tool-call")).toMatchObject([
      { id: "a", name: "look", args: { at: "Oslo" } },
      { id: "b", name: "list", args: {} },
    ]);
  });

  it("sends a history that another vendor wrote", async () => {
    await using server = await startServer(replay([HI, END, "[DONE]"]));
    await collect(modelFor(server.url), withHistory(foreignHistory));
    expect(server.requests[0]?.body["messages"]).toMatchObject([
      {
        role: "user",
        content: [{ type: "text" }, { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } }],
      },
      { role: "assistant", content: "I read.", tool_calls: [{ id: "toolu_01:odd/id" }, { id: "fine_id-1" }] },
      { role: "tool", tool_call_id: "toolu_01:odd/id", content: "body" },
      { role: "tool", tool_call_id: "fine_id-1", content: "not JSON" },
      { role: "user", content: "Go on" },
    ]);
    expect(server.requests[0]?.text).not.toContain("secret thoughts");
  });

  it.each([
    ["ends without its end", replay([HI])],
    ["holds no events", replay([])],
    ["holds malformed JSON", replay([HI, '{"choices": [', END])],
    ["holds an event of the wrong form", replay([HI, { choices: 7 }, END])],
    ["holds an error event", replay([HI, { error: { message: "the words", type: "server_error" } }])],
    [
      "breaks off with its connection",
      async (response) => {
        await sendEvents(response, [JSON.stringify(HI)]);
        response.write("data: {", () => response.socket?.destroy());
      },
    ],
    ["never begins", (response) => void response.socket?.destroy()],
  ] satisfies [string, Answer][])("throws a retryable ProviderError when the stream %s", async (_what, answer) => {
    expect(await fail(answer)).toMatchObject({ provider: "local.chat", isRetryable: true });
  });

  it.each([
    [400, {}, false, undefined],
    [401, {}, false, undefined],
    [429, { "retry-after": "7" }, true, 7000],
    [500, {}, true, undefined],
  ])("makes status %i with %j a ProviderError", async (status, headers, isRetryable, retryAfterMs) => {
    const error = await fail((response) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify({ error: { message: "the vendor's words", type: "t" } }));
    });
    expect(error).toMatchObject({ status, isRetryable, retryAfterMs, message: "the vendor's words" });
  });

  it("throws the reason of an abort before the answer begins, and hangs up", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let cut = Promise.resolve();
    await using server = await startServer((_response, request) => {
      cut = request.cut;
      controller.abort(reason);
    });
    const { signal } = controller;
    expect(await failure(collect(modelFor(server.url), helloRequest, { signal }))).toBe(reason);
    await cut;
  });

  it("throws the reason of an abort during the answer, and hangs up", async () => {
    await using server = await startServer(open);
    const controller = new AbortController();
    const reason = new Error("enough");
    const { signal } = controller;
    const read = async (): Promise<void> => {
      for await (const { type } of modelFor(server.url).stream(helloRequest, { signal })) {
        if (type === "text-delta") controller.abort(reason);
      }
    };
    expect(await failure(read())).toBe(reason);
    await server.requests[0]?.cut;
  });

  it("hangs up when the reader leaves", async () => {
    await using server = await startServer(open);
    const { signal } = new AbortController();
    for await (const { type } of modelFor(server.url).stream(helloRequest, { signal })) {
      if (type === "text-delta") break;
    }
    expect(server.requests).toHaveLength(1);
    await server.requests[0]?.cut;
  });

  it("asks aimock for a tool and answers with its result", async ({ onTestFinished }) => {
    const mock = new LLMock({ port: 0, chunkSize: 6 });
    const toolCalls = [{ id: "call_1", name: "Read", arguments: '{"file_path":"Oslo"}' }];
    mock.addFixture({
      match: { userMessage: "weather", hasToolResult: false },
      response: { content: "Let me look.", toolCalls },
    });
    mock.addFixture({ match: { userMessage: "weather", hasToolResult: true }, response: { content: "It is -3 C." } });
    await mock.start();
    onTestFinished(() => mock.stop());
    const model = modelFor(`${mock.url}/v1`);
    const question: ModelMessage = { role: "user", content: [{ type: "text", text: "weather?" }] };
    const first = await collect(model, { messages: [question], tools: [readTool] });
    expect(first.finish.reason).toBe("tool_use");
    const result: ModelMessage = {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "call_1", name: "Read", content: "-3", isError: false }],
    };
    const second = await collect(model, { messages: [question, first.finish.message, result], tools: [readTool] });
    expect([second.text, second.finish.reason]).toEqual(["It is -3 C.", "end_turn"]);
  });
});
