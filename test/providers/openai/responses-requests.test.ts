import { describe, expect, it } from "vitest";

import { openai, type OpenAIOptions } from "../../../src/providers/openai/index.ts";
import type { AssistantMessage, ModelCallOptions, ModelRequest } from "../../../src/spec/index.ts";
import { foreignHistory, pictureHistory, PNG, readTool, withHistory } from "./histories.ts";
import { collect, helloRequest, replay, startServer, type SeenRequest } from "./stream-server.ts";

const answer = replay([{ type: "response.completed", response: { status: "completed", output: [] } }]);

async function send(
  request: ModelRequest,
  options: Partial<OpenAIOptions> = {},
  call: Partial<ModelCallOptions> = {},
): Promise<SeenRequest> {
  await using server = await startServer(answer);
  await collect(openai({ model: "gpt-5", apiKey: "key", baseUrl: server.url, ...options }), request, call);
  const [seen] = server.requests;
  if (seen === undefined) throw new Error("nothing was sent");
  return seen;
}

async function sendInput(message: AssistantMessage): Promise<unknown> {
  return (await send({ messages: [message], tools: [] })).body["input"];
}

describe("openai() with api responses", () => {
  it("sends the plainest request so", async () => {
    const seen = await send(helloRequest);
    expect([seen.method, seen.url, seen.headers.authorization]).toEqual(["POST", "/responses", "Bearer key"]);
    expect(seen.body).toEqual({
      model: "gpt-5",
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      input: [{ role: "user", content: [{ type: "input_text", text: "hello" }] }],
    });
  });

  it("sends every field of a request", async () => {
    const { body } = await send(
      withHistory(helloRequest.messages, {
        system: "Be brief.",
        toolChoice: "required",
        maxOutputTokens: 99,
        reasoning: { effort: "high" },
        output: { name: "answer", schema: { type: "object", properties: {} } },
      }),
      {},
      { sessionId: "s1" },
    );
    expect(body).toMatchObject({
      instructions: "Be brief.",
      max_output_tokens: 99,
      reasoning: { effort: "high", summary: "auto" },
      prompt_cache_key: "s1",
      tools: [{ type: "function", name: "Read", parameters: readTool.inputSchema, strict: false }],
      tool_choice: "required",
      text: { format: { type: "json_schema", name: "answer", strict: false } },
    });
  });

  it.each([
    ["o3", "low", "high"],
    ["gpt-5", "minimal", "high"],
    ["gpt-5-codex", "low", "high"],
    ["gpt-5.1", "none", "high"],
    ["gpt-5.1-codex-max", "low", "xhigh"],
    ["gpt-5.4-mini", "none", "xhigh"],
    ["gpt-5.6-sol", "none", "max"],
    ["gpt-7", "none", "max"],
  ])("asks %s for the least and the most effort in words that it knows", async (model, least, most) => {
    const [none, max] = await Promise.all(
      (["none", "max"] as const).map(
        async (effort) => (await send({ ...helloRequest, reasoning: { effort } }, { model })).body["reasoning"],
      ),
    );
    expect(none).toEqual({ effort: least });
    expect(max).toEqual({ effort: most, summary: "auto" });
  });

  it("asks a model that does not reason for nothing of it", async () => {
    const { body } = await send({ ...helloRequest, reasoning: { effort: "low" } }, { model: "gpt-4.1" });
    expect(body).not.toHaveProperty("include");
    expect(body).not.toHaveProperty("reasoning");
  });

  it("sends a history of another vendor as text and calls alone, ids rewritten alike for call and result", async () => {
    const { body, text } = await send(withHistory(foreignHistory));
    const input = body["input"] as Record<string, string>[];
    expect(text).not.toMatch(/secret thoughts|sig|compaction|not-yours/);
    expect(input.map((item) => item["type"] ?? item["role"])).toEqual([
      "user",
      "message",
      "function_call",
      "function_call",
      "function_call_output",
      "function_call_output",
      "user",
    ]);
    expect(input[0]?.["content"]).toContainEqual({
      type: "input_image",
      detail: "auto",
      image_url: `data:image/png;base64,${PNG}`,
    });
    expect(input[1]).toEqual({ type: "message", role: "assistant", content: "I read." });
    expect(input[2]?.["call_id"]).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(input[2]?.["call_id"]).toBe(input[4]?.["call_id"]);
    expect(input[5]).toEqual({ type: "function_call_output", call_id: "fine_id-1", output: "Error: not JSON" });
  });

  const model = { provider: "openai", id: "gpt-5" };
  const reasoning = { type: "reasoning", id: "rs_1", encrypted_content: "secret", summary: [], content: [] };

  it("sends its own items back: reasoning verbatim, ids, phases, refusals, unknown items", async () => {
    const search = { type: "web_search_call", id: "ws_1", status: "completed", action: { query: "q" } };
    const input = await sendInput({
      role: "assistant",
      model: { ...model, id: "gpt-5-mini" },
      content: [
        { type: "reasoning", text: "short", providerData: reasoning },
        { type: "opaque", providerData: search },
        { type: "text", text: "one", providerData: { id: "msg_1", phase: "commentary" } },
        { type: "text", text: "no", providerData: { id: "msg_1", phase: "commentary", isRefusal: true } },
        { type: "text", text: "two", providerData: { id: "msg_2" } },
        {
          type: "tool-call",
          id: "call_1",
          name: "Read",
          args: {},
          providerData: { id: "fc_1", caller: { type: "program" } },
        },
      ],
    });
    expect(input).toEqual([
      reasoning,
      search,
      {
        type: "message",
        role: "assistant",
        id: "msg_1",
        phase: "commentary",
        status: "completed",
        content: [
          { type: "output_text", text: "one", annotations: [] },
          { type: "refusal", refusal: "no" },
        ],
      },
      {
        type: "message",
        role: "assistant",
        id: "msg_2",
        status: "completed",
        content: [{ type: "output_text", text: "two", annotations: [] }],
      },
      {
        type: "function_call",
        id: "fc_1",
        caller: { type: "program" },
        call_id: "call_1",
        name: "Read",
        arguments: "{}",
      },
    ]);
  });

  it("leaves ids out where the reasoning they belong to cannot be sent back", async () => {
    const input = await sendInput({
      role: "assistant",
      model,
      content: [
        { type: "reasoning", text: "short", providerData: { type: "reasoning", id: "rs_1", summary: [] } },
        { type: "text", text: "one", providerData: { id: "msg_1", phase: "final_answer" } },
        { type: "tool-call", id: "call_1", name: "Read", args: {}, providerData: { id: "fc_1" } },
      ],
    });
    expect(input).toEqual([
      { type: "message", role: "assistant", phase: "final_answer", content: "one" },
      { type: "function_call", call_id: "call_1", name: "Read", arguments: "{}" },
    ]);
  });

  it("sends pictures and files of a tool's result in place", async () => {
    const { body } = await send(withHistory(pictureHistory));
    expect((body["input"] as unknown[])[1]).toEqual({
      type: "function_call_output",
      call_id: "abcdefghi",
      output: [
        { type: "input_text", text: "see" },
        { type: "input_image", detail: "auto", image_url: `data:image/jpeg;base64,${PNG}` },
      ],
    });
  });

  it("sends files as data or by url", async () => {
    const file = { type: "file", mediaType: "application/pdf" } as const;
    const content = [
      { ...file, data: new Uint8Array([1, 2, 3]), filename: "a.pdf" },
      { ...file, url: "https://x.test/b.pdf" },
    ];
    const { body } = await send({ messages: [{ role: "user", content }], tools: [] });
    expect(body["input"]).toMatchObject([
      {
        content: [
          { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AQID" },
          { type: "input_file", file_url: "https://x.test/b.pdf" },
        ],
      },
    ]);
  });
});
