import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { openai, type OpenAIOptions } from "../../../src/providers/openai/index.ts";
import type { ModelCallOptions, ModelMessage, ModelRequest } from "../../../src/spec/index.ts";
import { foreignHistory, pictureHistory, PNG, readTool, withHistory } from "./histories.ts";
import { collect, failure, helloRequest, replay, startServer, type SeenRequest } from "./stream-server.ts";

const answer = replay([{ choices: [{ index: 0, delta: { content: "x" }, finish_reason: "stop" }] }, "[DONE]"]);

async function send(
  request: ModelRequest,
  options: Partial<OpenAIOptions> = {},
  call: Partial<ModelCallOptions> = {},
): Promise<SeenRequest> {
  await using server = await startServer(answer);
  await collect(openai({ model: "gpt-5", api: "chat", apiKey: "key", baseUrl: server.url, ...options }), request, call);
  const [seen] = server.requests;
  if (seen === undefined) throw new Error("nothing was sent");
  return seen;
}

describe("openai() with api chat", () => {
  it("sends the plainest request so", async () => {
    const seen = await send(helloRequest);
    expect([seen.method, seen.url]).toEqual(["POST", "/chat/completions"]);
    expect(seen.headers.authorization).toBe("Bearer key");
    expect(seen.headers["content-type"]).toBe("application/json");
    expect(seen.body).toEqual({
      model: "gpt-5",
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: "hello" }],
    });
  });

  it("sends every field of a request", async () => {
    const { body } = await send(
      withHistory(helloRequest.messages, {
        system: "Be brief.",
        toolChoice: { name: "Read" },
        maxOutputTokens: 99,
        reasoning: { effort: "max" },
        output: {
          name: "my answer",
          schema: { type: "object", properties: {}, required: [], additionalProperties: false },
        },
      }),
      { maxOutputTokens: 5 },
      { sessionId: "s1" },
    );
    expect(body).toMatchObject({
      max_completion_tokens: 99,
      reasoning_effort: "high",
      prompt_cache_key: "s1",
      tools: [{ type: "function", function: { name: "Read", parameters: readTool.inputSchema, strict: false } }],
      tool_choice: { type: "function", function: { name: "Read" } },
      response_format: { type: "json_schema", json_schema: { name: "my_answer", strict: true } },
      messages: [{ role: "developer", content: "Be brief." }, { role: "user" }],
    });
  });

  it("calls the system prompt system and asks for no effort where the model does not reason", async () => {
    const { body } = await send(
      { ...helloRequest, system: "s", reasoning: { effort: "low" } },
      { model: "gpt-4.1", maxOutputTokens: 5 },
    );
    expect(body).not.toHaveProperty("reasoning_effort");
    expect(body).toMatchObject({ max_completion_tokens: 5, messages: [{ role: "system" }, {}] });
  });

  it("keeps a cache key within 64 characters, different for different sessions", async () => {
    const [a, b] = await Promise.all(
      ["a", "b"].map(
        async (end) => (await send(helloRequest, {}, { sessionId: "x".repeat(80) + end })).body["prompt_cache_key"],
      ),
    );
    expect(String(a)).toHaveLength(64);
    expect(a).not.toBe(b);
  });

  it("sends a history of another vendor as text and calls alone, ids rewritten alike for call and result", async () => {
    const { body, text } = await send(withHistory(foreignHistory));
    const messages = body["messages"] as Record<string, never>[];
    expect(text).not.toMatch(/secret thoughts|sig|compaction|not-yours/);
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "tool", "user"]);
    expect(messages[0]).toMatchObject({
      content: [
        { type: "text", text: "Read it" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
      ],
    });
    const [odd, fine] = (messages[1]?.["tool_calls"] ?? []) as {
      id: string;
      function: { name: string; arguments: string };
    }[];
    expect(odd?.id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(odd?.function).toEqual({ name: "Read", arguments: '{"file_path":"a"}' });
    expect(fine?.id).toBe("fine_id-1");
    expect(JSON.parse(fine?.function.arguments ?? "")).toEqual({ invalid_arguments: '{"file_path":' });
    expect(messages[2]).toEqual({ role: "tool", tool_call_id: odd?.id, content: "body" });
    expect(messages[3]).toEqual({ role: "tool", tool_call_id: "fine_id-1", content: "Error: not JSON" });
  });

  it("leaves an answer out of which nothing can be replayed", async () => {
    const empty: ModelMessage = {
      role: "assistant",
      model: { provider: "o", id: "m" },
      content: [{ type: "reasoning", text: "r" }],
    };
    const { body } = await send({ messages: [empty, ...helloRequest.messages, empty], tools: [] });
    expect(body["messages"]).toEqual([{ role: "user", content: "hello" }]);
  });

  it("sends pictures of a tool's result in a user message behind it", async () => {
    const { body } = await send(withHistory(pictureHistory));
    const [, result, picture] = body["messages"] as Record<string, unknown>[];
    expect(result).toMatchObject({ role: "tool", tool_call_id: "abcdefghi" });
    expect(result?.["content"]).toContain("see");
    expect(picture).toMatchObject({
      role: "user",
      content: [{ type: "text" }, { type: "image_url", image_url: { url: `data:image/jpeg;base64,${PNG}` } }],
    });
  });

  it("sends files as data and refuses them by url", async () => {
    const file = { type: "file", mediaType: "application/pdf", filename: "a.pdf" } as const;
    const { body } = await send({ messages: [{ role: "user", content: [{ ...file, data: "JVBERg==" }] }], tools: [] });
    expect(body["messages"]).toMatchObject([
      { content: [{ type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" } }] },
    ]);
    const byUrl: ModelRequest = {
      messages: [{ role: "user", content: [{ ...file, url: "https://x.test/a.pdf" }] }],
      tools: [],
    };
    const error = await failure(send(byUrl));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable: false });
  });

  it("serialises a history entry once", async () => {
    let reads = 0;
    const counted: ModelMessage = {
      role: "user",
      get content() {
        reads += 1;
        return [{ type: "text" as const, text: "counted" }];
      },
    };
    await using server = await startServer(answer);
    const model = openai({ model: "gpt-5", api: "chat", apiKey: "key", baseUrl: server.url });
    await collect(model, { messages: [counted], tools: [] });
    const after = reads;
    await collect(model, { messages: [counted, ...helloRequest.messages], tools: [] });
    expect(after).toBeGreaterThan(0);
    expect(reads).toBe(after);
    expect(server.requests[1]?.body["messages"]).toEqual([
      { role: "user", content: "counted" },
      { role: "user", content: "hello" },
    ]);
  });

  it.each([
    ["an open object", { type: "object", properties: {} }],
    [
      "an optional property",
      { type: "object", properties: { a: { type: "string" } }, required: [], additionalProperties: false },
    ],
    [
      "an open object inside",
      {
        type: "object",
        properties: { a: { type: "array", items: { type: "object" } } },
        required: ["a"],
        additionalProperties: false,
      },
    ],
    [
      "a keyword that strict mode does not know",
      {
        type: "object",
        properties: { a: { type: "string", minLength: 1 } },
        required: ["a"],
        additionalProperties: false,
      },
    ],
    ["no object at all", { type: "string" }],
  ])("does not call a schema strict that has %s", async (_what, schema) => {
    const { body } = await send({ ...helloRequest, output: { name: "o", schema } });
    expect(body).toMatchObject({ response_format: { json_schema: { schema, strict: false } } });
  });

  it("uses a client, a fetch and headers that the host gives", async () => {
    const urls: string[] = [];
    await using server = await startServer(answer);
    const counting: typeof fetch = (input, init) => {
      urls.push(input instanceof Request ? input.url : String(input));
      return fetch(input, init);
    };
    const options = { model: "gpt-5", api: "chat", apiKey: "key", baseUrl: server.url, fetch: counting } as const;
    await collect(openai({ ...options, headers: { "X-Own": "1" } }));
    expect(urls).toEqual([`${server.url}/chat/completions`]);
    expect(server.requests[0]?.headers["x-own"]).toBe("1");
    const { OpenAI } = await import("openai");
    const client = new OpenAI({ apiKey: "theirs", baseURL: `${server.url}/own` });
    await collect(openai({ model: "gpt-5", api: "chat", client }));
    expect(server.requests[1]?.headers.authorization).toBe("Bearer theirs");
    expect(server.requests[1]?.url).toBe("/own/chat/completions");
  });

  it("reads key, address and account from the given environment", async () => {
    await using server = await startServer(answer);
    const env = {
      OPENAI_API_KEY: "from-env",
      OPENAI_BASE_URL: server.url,
      OPENAI_ORG_ID: "org",
      OPENAI_PROJECT_ID: "proj",
    };
    await collect(openai({ model: "gpt-5", api: "chat", env }));
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: "Bearer from-env",
      "openai-organization": "org",
      "openai-project": "proj",
    });
  });
});

const callOf = (id: string): ModelMessage => ({
  role: "assistant",
  model: { provider: "openai", id: "gpt-5" },
  content: ["a", "b"].map((suffix) => ({ type: "tool-call", id: id + suffix, name: "Read", args: {} })),
});
const resultOf = (toolCallId: string): ModelMessage => ({
  role: "tool",
  content: [{ type: "tool-result", toolCallId, name: "Read", content: "body", isError: false }],
});
const goOn: ModelMessage = { role: "user", content: [{ type: "text", text: "Go \ud83d on \\ud83d" }] };

describe.each(["chat", "responses"] as const)("openai() with api %s", (api) => {
  const sent = async (messages: readonly ModelMessage[]) => {
    await using server = await startServer((response) => void response.writeHead(400).end());
    await failure(collect(openai({ model: "gpt-5", api, apiKey: "k", baseUrl: server.url }), withHistory(messages)));
    return server.requests[0]?.text ?? "";
  };

  it("answers calls of the history that have no result, and no others", async () => {
    const history = [goOn, callOf("1"), resultOf("1b"), goOn, callOf("2"), goOn, callOf("3"), resultOf("3a")];
    const text = await sent([...history, callOf("4")]);
    const results = [...text.matchAll(/"(?:tool_)?call_id":"(\w+)","(?:content|output)":"([^"]*)"/g)];
    const missing = "Error: The call was not carried out.";
    expect(results.map(([, id, content]) => [id, content])).toEqual([
      ["1a", missing],
      ["1b", "body"],
      ["2a", missing],
      ["2b", missing],
      ["3b", missing],
      ["3a", "body"],
    ]);
  });

  it("sends no half of a character, which parsers refuse", async () => {
    expect(await sent([goOn])).toContain(String.raw`"Go ${"\uFFFD"} on \\ud83d"`);
  });
});
