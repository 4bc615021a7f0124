import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";

import type { AnthropicOptions } from "../../../src/providers/anthropic/index.ts";
import { anthropic } from "../../../src/providers/anthropic/index.ts";
import type { ModelRequest } from "../../../src/spec/index.ts";
import { ask, modelFor, readAll, serveEvents, toAnswer, user } from "./conversation.ts";

const HELLO = toAnswer([{ type: "text", text: "Hello" }]);
const EPHEMERAL = { cache_control: { type: "ephemeral" } };
const TOOL = { name: "look", description: "Looks", inputSchema: { type: "object", properties: {} } };

/** The body that a request becomes. */
async function bodyOf(extra: Partial<ModelRequest> = {}, options: Partial<AnthropicOptions> = {}) {
  await using server = await serveEvents(HELLO);
  await readAll(modelFor(server, options), ask(extra));
  // A body that is no JSON object fails the test here.
  return JSON.parse(server.requests[0]?.text ?? "") as Readonly<Record<string, unknown>>;
}

describe("anthropic() request", () => {
  it("goes to the Messages API with key, version and own headers", async () => {
    await using server = await serveEvents(HELLO);
    await readAll(modelFor(server, { headers: { "anthropic-beta": "a,b", "x-own": "1" } }));
    const [request] = server.requests;
    expect(request).toMatchObject({ method: "POST", url: "/v1/messages" });
    expect(request?.headers).toMatchObject({
      authorization: "Bearer key-1",
      "content-type": "application/json",
      "anthropic-beta": "a,b",
      "x-own": "1",
    });
    expect(request?.headers["anthropic-version"]).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  it("takes key, token and address from the environment it is given", async () => {
    await using server = await serveEvents(HELLO);
    const env = { ANTHROPIC_BASE_URL: server.url };
    await readAll(anthropic({ model: "m", env: { ...env, ANTHROPIC_API_KEY: "key-2" } }));
    await readAll(anthropic({ model: "m", env: { ...env, ANTHROPIC_AUTH_TOKEN: "token-3" } }));
    await readAll(anthropic({ model: "m", env: { ...env, ANTHROPIC_API_KEY: "key-2" }, apiKey: "key-4" }));
    const keys = server.requests.map(({ headers }) => headers.authorization);
    expect(keys).toEqual(["Bearer key-2", "Bearer token-3", "Bearer key-4"]);
  });

  it("goes through a client or a fetch of one's own", async () => {
    await using server = await serveEvents(HELLO);
    const client = new Anthropic({ apiKey: "own", baseURL: server.url, defaultHeaders: { "x-own": "client" } });
    await readAll(anthropic({ model: "m", client, env: {} }));
    const seen: string[] = [];
    const ownFetch: typeof fetch = (input, init) => {
      seen.push(input instanceof Request ? input.url : input.toString());
      return fetch(input, init);
    };
    await readAll(modelFor(server, { fetch: ownFetch }));
    expect(server.requests[0]?.headers["x-own"]).toBe("client");
    expect(seen).toEqual([`${server.url}/v1/messages`]);
  });

  it("carries the headers that the environment adds to the SDK's", async ({ onTestFinished }) => {
    process.env["ANTHROPIC_CUSTOM_HEADERS"] = "x-own: from-env";
    onTestFinished(() => void delete process.env["ANTHROPIC_CUSTOM_HEADERS"]);
    await using server = await serveEvents(HELLO);
    await readAll(modelFor(server));
    expect(server.requests[0]?.headers["x-own"]).toBe("from-env");
  });

  it("is just what was asked for when little was asked for", async () => {
    expect(await bodyOf({}, { promptCache: "off" })).toEqual({
      model: "claude-test",
      max_tokens: 16_384,
      stream: true,
      messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
    });
  });

  it("carries the tools and the system prompt of each request, whatever those before and of other conversations had", async () => {
    await using server = await serveEvents(HELLO);
    const model = modelFor(server, { promptCache: "off" });
    const messages = [user("hello")];
    const other = [user("hello")];
    const listen = { ...TOOL, name: "listen" };
    const requests = [
      { messages, tools: [TOOL], system: "Be kind." },
      { messages, tools: [{ ...TOOL }], system: "Be kind." },
      { messages: other, tools: [TOOL, listen], system: "Be kind." },
      { messages, tools: [TOOL], system: "Be kind." },
      { messages, tools: [listen], system: "Be kind." },
      { messages, tools: [{ ...listen, description: "Hears" }], system: "Be kind." },
      { messages, tools: [{ ...listen, inputSchema: { type: "object" } }], system: "Be kind." },
      { messages, tools: [], system: "Be brief." },
      { messages: other, tools: [] },
    ];
    for (const request of requests) await readAll(model, request);
    const sent = server.requests.map(({ text }) => JSON.parse(text) as Readonly<Record<string, unknown>>);
    expect(sent.map(({ tools = [], system }) => ({ tools, system }))).toEqual(
      requests.map(({ tools, system }) => ({
        tools: tools.map(({ inputSchema, ...named }) => ({ ...named, input_schema: inputSchema })),
        system: system === undefined ? undefined : [{ type: "text", text: system }],
      })),
    );
  });

  it("marks the last tool, the system prompt and the last block for the cache", async () => {
    const tools = [TOOL, { ...TOOL, name: "listen" }];
    const body = await bodyOf({ system: "Be kind.", tools });
    const { inputSchema, ...named } = TOOL;
    expect(body).toMatchObject({
      tools: [
        { ...named, input_schema: inputSchema },
        { ...named, name: "listen", input_schema: inputSchema, ...EPHEMERAL },
      ],
      system: [{ type: "text", text: "Be kind.", ...EPHEMERAL }],
      messages: [{ role: "user", content: [{ type: "text", text: "hello", ...EPHEMERAL }] }],
    });
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(3);
    expect(JSON.stringify(body["tools"]).match(/cache_control/g)).toHaveLength(1);
    const hour = await bodyOf({ system: "Be kind." }, { promptCache: "1h" });
    expect(hour["system"]).toMatchObject([{ cache_control: { type: "ephemeral", ttl: "1h" } }]);
  });

  it.each([
    ["the request", { maxOutputTokens: 10 }, { maxOutputTokens: 20 }, 10],
    ["the options", {}, { maxOutputTokens: 20, info: { id: "m", provider: "anthropic", maxOutputTokens: 30 } }, 20],
    ["the model", {}, { info: { id: "m", provider: "anthropic", maxOutputTokens: 30 } }, 30],
    [
      "the model's limit",
      { maxOutputTokens: 99 },
      { info: { id: "m", provider: "anthropic", maxOutputTokens: 30 } },
      30,
    ],
    ["the default", {}, { info: { id: "m", provider: "anthropic" } }, 16_384],
  ])("takes max_tokens from %s", async (_name, request, options, expected) => {
    expect(await bodyOf(request, options)).toMatchObject({ max_tokens: expected });
  });

  const adaptive = { type: "adaptive", display: "summarized" };
  const disabled = { type: "disabled" };
  it.each([
    [undefined, {}, undefined, undefined],
    [{ effort: "none" }, {}, disabled, undefined],
    [{ effort: "low" }, {}, adaptive, { effort: "low" }],
    [{ effort: "max" }, {}, adaptive, { effort: "max" }],
    [{ maxTokens: 4_000 }, {}, { type: "enabled", budget_tokens: 4_000, display: "summarized" }, undefined],
    [{ maxTokens: 10 }, {}, { type: "enabled", budget_tokens: 1_024, display: "summarized" }, undefined],
    [{ maxTokens: 99_999 }, {}, { type: "enabled", budget_tokens: 16_383, display: "summarized" }, undefined],
    [{ maxTokens: 4_000 }, { maxOutputTokens: 1_000 }, disabled, undefined],
    [{ maxTokens: 0 }, {}, disabled, undefined],
    [{ effort: "high" }, { toolChoice: "required" }, disabled, { effort: "high" }],
  ] as const)("asks for reasoning %j", async (reasoning, extra, thinking, config) => {
    const body = await bodyOf({ ...(reasoning !== undefined && { reasoning }), tools: [TOOL], ...extra });
    expect(body["thinking"]).toEqual(thinking);
    expect(body["output_config"]).toEqual(config);
  });

  it.each([
    ["auto", undefined],
    ["none", { type: "none" }],
    ["required", { type: "any" }],
    [{ name: "look" }, { type: "tool", name: "look" }],
  ] as const)("says tool choice %j", async (toolChoice, expected) => {
    expect((await bodyOf({ tools: [TOOL], toolChoice }))["tool_choice"]).toEqual(expected);
    expect((await bodyOf({ toolChoice }))["tool_choice"]).toBeUndefined();
  });

  it("asks for structured output with closed objects", async () => {
    const inner = { type: "object", properties: { b: { type: "string", minLength: 2 } }, required: ["b"] };
    const schema = { type: "object", properties: { a: inner }, required: ["a"] };
    const body = await bodyOf({ output: { name: "answer", schema }, reasoning: { effort: "low" } });
    expect(body["output_config"]).toMatchObject({
      effort: "low",
      format: {
        type: "json_schema",
        schema: { additionalProperties: false, properties: { a: { additionalProperties: false, required: ["b"] } } },
      },
    });
    expect(schema).not.toHaveProperty("additionalProperties");
  });

  it("refuses an output schema that the API has no form for, before anything is sent", async () => {
    await using server = await serveEvents(HELLO);
    const request = ask({ output: { name: "answer", schema: { properties: {} } } });
    await expect(readAll(modelFor(server), request)).rejects.toMatchObject({
      code: "provider_error",
      isRetryable: false,
    });
    expect(server.requests).toHaveLength(0);
  });

  it("carries further fields and server tools of the API", async () => {
    const search = { type: "web_search_20260318", name: "web_search" };
    const body = await bodyOf({ tools: [TOOL] }, { extraBody: { service_tier: "auto", model: "x", tools: [search] } });
    expect(body).toMatchObject({ service_tier: "auto", model: "claude-test", tools: [search, { name: "look" }] });
  });
});
