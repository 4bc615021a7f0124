import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { deepseek, mistral, openrouter } from "../../../src/providers/openai-compatible/index.ts";
import type { Model, ModelMessage } from "../../../src/spec/index.ts";
import { foreignHistory, pictureHistory, withHistory } from "../openai/histories.ts";
import { collect, failure, helloRequest, replay, startServer, type SeenRequest } from "../openai/stream-server.ts";

const answer = replay([{ choices: [{ index: 0, delta: { content: "x" }, finish_reason: "stop" }] }, "[DONE]"]);

/** A call to a preset with its address replaced by one on loopback. */
async function see(toModel: (baseUrl: string) => Model, request = helloRequest): Promise<SeenRequest> {
  await using server = await startServer(answer);
  await collect(toModel(server.url), request);
  const [seen] = server.requests;
  if (seen === undefined) throw new Error("nothing was sent");
  return seen;
}

describe("mistral()", () => {
  it("rewrites tool-call ids to nine letters or digits, alike for call and result, and keeps valid ones", async () => {
    const { body } = await see(
      (baseUrl) => mistral({ model: "m", apiKey: "k", baseUrl }),
      withHistory([...foreignHistory, ...pictureHistory]),
    );
    const messages = body["messages"] as { role: string; tool_calls?: { id: string }[]; tool_call_id?: string }[];
    const calls = messages.flatMap((message) => message.tool_calls?.map((call) => call.id) ?? []);
    expect(calls).toHaveLength(3);
    for (const id of calls) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(new Set(calls).size).toBe(3);
    expect(calls[2]).toBe("abcdefghi");
    expect(messages.flatMap((message) => message.tool_call_id ?? [])).toEqual(calls);
    expect(body).not.toHaveProperty("stream_options");
  });

  it("never lets a user follow a tool, and leaves pictures in the tool's message", async () => {
    const { body } = await see(
      (baseUrl) => mistral({ model: "m", apiKey: "k", baseUrl }),
      withHistory([...foreignHistory, ...pictureHistory]),
    );
    const messages = body["messages"] as { role: string; content: unknown }[];
    const roles = messages.map((message) => message.role);
    expect(roles).toEqual(["user", "assistant", "tool", "tool", "assistant", "user", "assistant", "tool"]);
    expect(messages.at(-1)?.content).toMatchObject([{ type: "text" }, { type: "image_url" }]);
  });
});

describe("deepseek()", () => {
  const own: ModelMessage = {
    role: "assistant",
    model: { provider: "deepseek", id: "deepseek-reasoner" },
    content: [
      { type: "reasoning", text: "because" },
      { type: "tool-call", id: "a", name: "Read", args: {} },
    ],
  };
  const result: ModelMessage = {
    role: "tool",
    content: [{ type: "tool-result", toolCallId: "a", name: "Read", content: "r", isError: false }],
  };

  it("sends its reasoning back with calls, and an empty one for calls of other vendors", async () => {
    const withoutPicture = foreignHistory.slice(1, 3);
    const { body } = await see(
      (baseUrl) => deepseek({ model: "m", apiKey: "k", baseUrl }),
      withHistory([own, result, ...withoutPicture]),
    );
    const messages = body["messages"] as { role: string; reasoning_content?: string }[];
    expect(messages.filter(({ role }) => role === "assistant").map((message) => message.reasoning_content)).toEqual([
      "because",
      "",
    ]);
  });

  it("refuses images before anything is sent", async () => {
    await using server = await startServer(answer);
    const error = await failure(
      collect(deepseek({ model: "m", apiKey: "k", baseUrl: server.url }), withHistory(foreignHistory)),
    );
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable: false, provider: "deepseek" });
    expect(server.requests).toHaveLength(0);
  });

  it("asks for JSON with the schema in the system prompt, and turns thinking off and on", async () => {
    const output = { name: "o", schema: { type: "object", properties: { answer: { type: "number" } } } };
    const request = { ...helloRequest, output, reasoning: { effort: "none" } } as const;
    const { body } = await see((baseUrl) => deepseek({ model: "m", apiKey: "k", baseUrl }), request);
    expect(body).toMatchObject({ response_format: { type: "json_object" }, thinking: { type: "disabled" } });
    expect(JSON.stringify(body["messages"])).toContain("answer");
    const loud = await see((baseUrl) => deepseek({ model: "m", apiKey: "k", baseUrl }), {
      ...helloRequest,
      reasoning: { effort: "medium" },
    });
    expect(loud.body).toMatchObject({ thinking: { type: "enabled" }, reasoning_effort: "high" });
  });
});

describe("openrouter()", () => {
  const piece = (fields: object): object => ({
    choices: [
      { index: 0, delta: { reasoning: "x", reasoning_details: [{ type: "reasoning.text", index: 0, ...fields }] } },
    ],
  });
  const stream = replay([
    piece({ text: "I th", signature: null }),
    piece({ text: "ink", signature: "sig" }),
    { choices: [{ index: 0, delta: { reasoning_details: [{ type: "reasoning.encrypted", data: "d", index: 1 }] } }] },
    { choices: [{ index: 0, delta: { content: "yes" }, finish_reason: "stop" }] },
    "[DONE]",
  ]);

  it("sends joined reasoning details back to the model that wrote them, and to no other", async () => {
    await using server = await startServer(stream);
    const options = { apiKey: "k", baseUrl: server.url };
    const { finish } = await collect(openrouter({ model: "m", ...options }));
    const request = { messages: [finish.message], tools: [] };
    await collect(openrouter({ model: "m", ...options }), request);
    await collect(openrouter({ model: "other", ...options }), request);
    expect(server.requests[1]?.body["messages"]).toEqual([
      {
        role: "assistant",
        content: "yes",
        reasoning_details: [
          { type: "reasoning.text", index: 0, text: "I think", signature: "sig" },
          { type: "reasoning.encrypted", data: "d", index: 1 },
        ],
      },
    ]);
    expect(server.requests[2]?.body["messages"]).toEqual([{ role: "assistant", content: "yes" }]);
  });

  it("asks for reasoning in its own words", async () => {
    const see1 = (reasoning: object): Promise<SeenRequest> =>
      see((baseUrl) => openrouter({ model: "m", apiKey: "k", baseUrl }), { ...helloRequest, reasoning });
    expect((await see1({ effort: "max" })).body["reasoning"]).toEqual({ effort: "xhigh" });
    expect((await see1({ effort: "max", maxTokens: 9 })).body["reasoning"]).toEqual({ max_tokens: 9 });
  });
});
