import { LLMock } from "@copilotkit/aimock";
import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import type { ModelMessage } from "../../../src/spec/index.ts";
import { readTool } from "../openai/histories.ts";
import { collect, failure } from "../openai/stream-server.ts";
import { modelFor } from "./ndjson.ts";

const question: ModelMessage = { role: "user", content: [{ type: "text", text: "weather?" }] };

async function startMock(options: { readonly latency?: number } = {}): Promise<LLMock> {
  const mock = new LLMock({ port: 0, chunkSize: 6, ...options });
  mock.addFixture({
    match: { userMessage: "weather", hasToolResult: false },
    response: {
      content: "Let me look.",
      toolCalls: [{ id: "call_1", name: "Read", arguments: '{"file_path":"Oslo"}' }],
    },
  });
  mock.addFixture({
    match: { userMessage: "weather", hasToolResult: true },
    response: { content: "It is -3 C in Oslo." },
  });
  await mock.start();
  return mock;
}

describe("ollama() against aimock", () => {
  it("asks for a tool and answers with its result", async ({ onTestFinished }) => {
    const mock = await startMock();
    onTestFinished(() => mock.stop());
    const model = modelFor(mock.url);
    const first = await collect(model, { messages: [question], tools: [readTool] });
    expect(first.text).toBe("Let me look.");
    expect(first.finish.reason).toBe("tool_use");
    const [call] = first.finish.message.content.filter((part) => part.type === "tool-call");
    expect(call).toMatchObject({ name: "Read", args: { file_path: "Oslo" } });
    const result: ModelMessage = {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: call?.id ?? "", name: "Read", content: "-3", isError: false }],
    };
    const second = await collect(model, { messages: [question, first.finish.message, result], tools: [readTool] });
    expect(second.text).toBe("It is -3 C in Oslo.");
    expect(second.finish.reason).toBe("end_turn");
  });

  it("throws a retryable ProviderError for an answer that is cut in the middle", async ({ onTestFinished }) => {
    const mock = new LLMock({ port: 0, chunkSize: 2, latency: 15 });
    mock.addFixture({
      match: { userMessage: "weather" },
      response: { content: "a long answer" },
      truncateAfterChunks: 4,
    });
    await mock.start();
    onTestFinished(() => mock.stop());
    const error = await failure(collect(modelFor(mock.url), { messages: [question], tools: [] }));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable: true, status: undefined });
  });

  it("throws a retryable ProviderError for a 429", async ({ onTestFinished }) => {
    const mock = await startMock();
    onTestFinished(() => mock.stop());
    mock.nextRequestError(429, { message: "Slow down", type: "rate_limit_error" });
    const error = await failure(collect(modelFor(mock.url), { messages: [question], tools: [] }));
    expect(error).toMatchObject({ code: "provider_error", status: 429, isRetryable: true });
  });
});
