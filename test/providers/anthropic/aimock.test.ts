import { LLMock } from "@copilotkit/aimock";
import { describe, expect, it } from "vitest";

import type { ModelMessage, ModelRequest } from "../../../src/spec/index.ts";
import { modelFor, readAll, user } from "./conversation.ts";

const TOOL = {
  name: "get_weather",
  description: "Weather of a city",
  inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

async function startMock(): Promise<LLMock & AsyncDisposable> {
  const mock = new LLMock({ port: 0, chunkSize: 6 });
  await mock.start();
  return Object.assign(mock, { [Symbol.asyncDispose]: () => mock.stop() });
}

describe("anthropic() against an independent server (aimock)", () => {
  it("calls a tool, reads its result and answers", async () => {
    await using mock = await startMock();
    const toolCalls = [{ id: "toolu_1", name: "get_weather", arguments: '{"city":"Oslo"}' }];
    mock.addFixture({
      match: { userMessage: "weather", hasToolResult: false },
      response: { content: "Let me look.", toolCalls },
    });
    mock.addFixture({ match: { hasToolResult: true }, response: { content: "It is -3 °C in Oslo." } });
    const model = modelFor(mock);
    const messages: ModelMessage[] = [user("weather?")];
    const request = (): ModelRequest => ({ messages: [...messages], tools: [TOOL], system: "Be short." });

    const first = await readAll(model, request());
    expect(first.finish.reason).toBe("tool_use");
    const call = first.finish.message.content.find((part) => part.type === "tool-call");
    expect(call).toMatchObject({ name: "get_weather", args: { city: "Oslo" } });

    messages.push(first.finish.message);
    messages.push({
      role: "tool",
      content: [
        { type: "tool-result", toolCallId: call?.id ?? "", name: "get_weather", content: "-3", isError: false },
      ],
    });
    const second = await readAll(model, request());
    expect(second.finish).toMatchObject({
      reason: "end_turn",
      message: { content: [{ type: "text", text: "It is -3 °C in Oslo." }] },
    });
    expect(mock.getRequests()).toHaveLength(2);
  });

  it("gives a typed error for a refusal of the server and for a cut in the middle", async () => {
    await using mock = await startMock();
    mock.addFixture({
      match: { userMessage: "cut" },
      response: { content: "A long answer that never gets to its end." },
      truncateAfterChunks: 3,
      latency: 15,
    });
    mock.addFixture({ match: { userMessage: "fine" }, response: { content: "Fine." } });
    const model = modelFor(mock);
    const cut = readAll(model, { messages: [user("cut")], tools: [] });
    await expect(cut).rejects.toMatchObject({ code: "provider_error", isRetryable: true });
    mock.nextRequestError(429);
    const limited = readAll(model, { messages: [user("fine")], tools: [] });
    await expect(limited).rejects.toMatchObject({ code: "provider_error", isRetryable: true, status: 429 });
    expect((await readAll(model, { messages: [user("fine")], tools: [] })).finish.reason).toBe("end_turn");
  });
});
