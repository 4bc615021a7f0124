import { GoogleGenAI } from "@google/genai";
import { describe, expect, it } from "vitest";

import { google } from "../../../src/providers/google/index.ts";
import type { AssistantPart, ModelMessage, ModelRequest } from "../../../src/spec/index.ts";
import { PNG, foreignHistory, pictureHistory, readTool, withHistory } from "../openai/histories.ts";
import { collect, failure, helloRequest, replay, startServer } from "../openai/stream-server.ts";
import { END, HI, KEY, sdks, type Sdk } from "./sdks.ts";

/** The body that each SDK sends for a request. */
async function bodiesOf(request: ModelRequest, model = "gemini-3-pro"): Promise<Record<string, unknown>[]> {
  await using server = await startServer(replay([HI, END]));
  for (const { toModel } of sdks) await collect(toModel(server.url, { model }), request);
  return server.requests.map(({ body }) => {
    // The old SDK adds this field to every request.
    const { safetySettings, ...rest } = body;
    expect(safetySettings ?? []).toEqual([]);
    return rest;
  });
}

/** The one body that all SDKs send. */
async function bodyOf(request: ModelRequest, model?: string): Promise<Record<string, unknown>> {
  const [first, ...others] = await bodiesOf(request, model);
  for (const other of others) expect(other).toEqual({ generationConfig: {}, ...first });
  if (first === undefined) throw new Error("no request");
  return first;
}

const answered = (content: readonly AssistantPart[], id = "gemini-3-pro", provider = "google"): ModelMessage => ({
  role: "assistant",
  content,
  model: { provider, id },
});

const resultOf = (toolCallId: string, content: string, isError = false) =>
  ({ type: "tool-result", toolCallId, name: "Read", content, isError }) as const;

describe("google() sends", () => {
  it("system prompt, tools, choice, limits, schema and thinking", async () => {
    const schema = { type: "object", properties: { a: { type: "string" } }, additionalProperties: false };
    const body = await bodyOf({
      ...helloRequest,
      system: "Be brief",
      tools: [readTool],
      toolChoice: { name: "Read" },
      maxOutputTokens: 77,
      reasoning: { effort: "low" },
      output: { name: "answer", schema },
    });
    expect(body).toEqual({
      contents: [{ role: "user", parts: [{ text: "hello" }] }],
      systemInstruction: { role: "user", parts: [{ text: "Be brief" }] },
      tools: [
        {
          functionDeclarations: [
            { name: "Read", description: "Reads a file.", parametersJsonSchema: readTool.inputSchema },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["Read"] } },
      generationConfig: {
        maxOutputTokens: 77,
        thinkingConfig: { includeThoughts: true, thinkingLevel: "LOW" },
        responseMimeType: "application/json",
        responseJsonSchema: schema,
      },
    });
  });

  it.each([
    ["auto", { mode: "AUTO" }],
    ["none", { mode: "NONE" }],
    ["required", { mode: "ANY" }],
  ] as const)("tool choice %s", async (toolChoice, functionCallingConfig) => {
    const body = await bodyOf({ ...helloRequest, tools: [readTool], toolChoice });
    expect(body["toolConfig"]).toEqual({ functionCallingConfig });
  });

  it.each([
    ["gemini-3.8-flash", { effort: "none" }, { includeThoughts: false, thinkingLevel: "MINIMAL" }],
    ["gemini-3.1-pro-preview", { effort: "none" }, { includeThoughts: false, thinkingLevel: "LOW" }],
    ["gemini-4-argon", { effort: "max" }, { includeThoughts: true, thinkingLevel: "HIGH" }],
    ["gemini-3-pro", { maxTokens: 500, effort: "high" }, { includeThoughts: true, thinkingBudget: 500 }],
    ["gemini-2.5-flash", { effort: "none" }, { includeThoughts: false, thinkingBudget: 0 }],
    ["gemini-2.5-pro", { effort: "none" }, { includeThoughts: false, thinkingBudget: 128 }],
    ["gemini-2.5-pro", { effort: "max" }, { includeThoughts: true, thinkingBudget: 32_768 }],
    ["gemini-2.0-flash", { effort: "high" }, undefined],
  ] as const)("for %s and %j the right thinking", async (model, reasoning, thinkingConfig) => {
    const { generationConfig } = await bodyOf({ ...helloRequest, reasoning }, model);
    expect(generationConfig).toEqual(thinkingConfig === undefined ? {} : { thinkingConfig });
  });

  it("its own answers verbatim, results by id or by name and order in one content", async () => {
    const signed = { functionCall: { id: "v1", name: "Read", args: { a: 1 } }, thoughtSignature: "c2ln" };
    const plain = { functionCall: { name: "Read", args: { a: 2 } } };
    const thought = { text: "hm", thought: true };
    const closing = { text: "", thoughtSignature: "ZW5k" };
    const body = await bodyOf(
      withHistory([
        ...helloRequest.messages,
        answered([
          { type: "reasoning", text: "hm" },
          { type: "text", text: "I look" },
          { type: "tool-call", id: "v1", name: "Read", args: { a: 1 }, providerData: signed },
          { type: "tool-call", id: "call_1", name: "Read", args: { a: 2 }, providerData: plain },
          { type: "text", text: "", providerData: closing },
        ]),
        // In the wrong order on purpose.
        { role: "tool", content: [resultOf("call_1", "no such file", true), resultOf("v1", "body")] },
      ]),
    );
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "hello" }] },
      { role: "model", parts: [thought, { text: "I look" }, signed, plain, closing] },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "v1", name: "Read", response: { output: "body" } } },
          { functionResponse: { name: "Read", response: { error: "no such file" } } },
        ],
      },
    ]);
  });

  it("answers of another of its models without signatures", async () => {
    const call = { functionCall: { id: "v1", name: "Read", args: { a: 1 } }, thoughtSignature: "b2xk" };
    const messages: ModelMessage[] = [
      answered(
        [
          { type: "reasoning", text: "hm", providerData: { text: "hm", thought: true, thoughtSignature: "b2xk" } },
          { type: "text", text: "I look", providerData: { text: "I look", thoughtSignature: "b2xk" } },
          { type: "tool-call", id: "v1", name: "Read", args: { a: 1 }, providerData: call },
        ],
        "gemini-2.5-pro",
      ),
      { role: "tool", content: [resultOf("v1", "body")] },
    ];
    const { contents } = await bodyOf(withHistory(messages));
    expect(JSON.stringify(contents)).not.toContain("b2xk");
    expect(contents).toMatchObject([
      { parts: [{ text: "I look" }, { thoughtSignature: "skip_thought_signature_validator" }] },
      { parts: [{ functionResponse: { name: "Read" } }] },
    ]);
  });

  it("another vendor's history: no reasoning, no opaque parts, no ids, a stand-in for the first signature", async () => {
    const { contents } = await bodyOf(withHistory(foreignHistory));
    expect(contents).toEqual([
      { role: "user", parts: [{ text: "Read it" }, { inlineData: { mimeType: "image/png", data: PNG } }] },
      {
        role: "model",
        parts: [
          { text: "I read." },
          {
            functionCall: { name: "Read", args: { file_path: "a" } },
            thoughtSignature: "skip_thought_signature_validator",
          },
          { functionCall: { name: "Read", args: { invalid_arguments: '{"file_path":' } } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { name: "Read", response: { output: "body" } } },
          { functionResponse: { name: "Read", response: { error: "not JSON" } } },
        ],
      },
      { role: "user", parts: [{ text: "Go on" }] },
    ]);
    const { contents: old } = await bodyOf(withHistory(foreignHistory), "gemini-2.5-flash");
    expect(JSON.stringify(old)).not.toContain("thoughtSignature");
  });

  it("pictures of a result behind the results, and files by data or address", async () => {
    const { contents } = await bodyOf(
      withHistory([
        ...pictureHistory,
        {
          role: "user",
          content: [
            { type: "file", mediaType: "application/pdf", url: "https://host/a.pdf" },
            { type: "file", mediaType: "text/plain", data: Buffer.from("hello") },
            { type: "text", text: "" },
          ],
        },
      ]),
    );
    expect(contents).toMatchObject([
      { role: "model" },
      {
        parts: [
          { functionResponse: { name: "Look", response: { output: "see" } } },
          { inlineData: { mimeType: "image/jpeg", data: PNG } },
        ],
      },
      {
        parts: [
          { fileData: { mimeType: "application/pdf", fileUri: "https://host/a.pdf" } },
          { inlineData: { mimeType: "text/plain", data: "aGVsbG8=" } },
        ],
      },
    ]);
  });

  it("a stand-in for a result that the history lacks", async () => {
    const calls = answered([
      { type: "tool-call", id: "a", name: "Read", args: {} },
      { type: "tool-call", id: "b", name: "Read", args: {} },
    ]);
    const missing = { functionResponse: { name: "Read", response: { error: "The call was not carried out." } } };
    const { contents } = await bodyOf(
      withHistory([calls, { role: "tool", content: [resultOf("b", "x")] }, calls, ...helloRequest.messages, calls]),
    );
    expect(contents).toMatchObject([
      { role: "model" },
      { parts: [missing, { functionResponse: { response: { output: "x" } } }] },
      { role: "model" },
      { parts: [missing, missing] },
      { role: "user", parts: [{ text: "hello" }] },
      { role: "model" },
      { parts: [missing, missing] },
    ]);
  });

  it("nothing when a picture holds nothing", async () => {
    await using server = await startServer(replay([HI, END]));
    const [sdk] = sdks as readonly [Sdk];
    const messages: ModelMessage[] = [{ role: "user", content: [{ type: "image" }] }];
    const error = await failure(collect(sdk.toModel(server.url), { messages, tools: [] }));
    expect(error).toMatchObject({ code: "provider_error", isRetryable: false });
    expect(server.requests).toHaveLength(0);
  });
});

describe("google() connects", () => {
  for (const { name, toModel } of sdks) {
    it(`to the address, API version and key with ${name}`, async () => {
      await using server = await startServer(replay([HI, END]));
      await collect(toModel(server.url, { headers: { "x-own": "1" } }));
      await collect(toModel(server.url, { apiVersion: "v1" }));
      const [first, second] = server.requests;
      expect(first?.url).toBe("/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse");
      expect(second?.url).toBe("/v1/models/gemini-3-pro:streamGenerateContent?alt=sse");
      expect(first?.headers).toMatchObject({ "x-goog-api-key": KEY, "x-own": "1" });
    });
  }

  it("with the key of the environment that it was given, the vendor's own name first", async () => {
    await using server = await startServer(replay([HI, END]));
    const env: Record<string, string> = { GOOGLE_GEMINI_BASE_URL: server.url };
    const model = google({ model: "gemini-3-pro", env });
    const error = await failure(collect(model));
    expect(error).toMatchObject({ code: "credentials_missing" });
    expect((error as Error).message).toContain("GEMINI_API_KEY");
    env["GOOGLE_API_KEY"] = "second";
    await collect(model);
    await collect(google({ model: "gemini-3-pro", env: { ...env, GEMINI_API_KEY: "first" } }));
    expect(server.requests.map(({ headers }) => headers["x-goog-api-key"])).toEqual(["second", "first"]);
  });

  it("through a fetch of the host, with its own client and one of @google/genai", async () => {
    await using server = await startServer(replay([HI, END]));
    const seen: string[] = [];
    const own: typeof fetch = (input, init) => {
      seen.push(init?.redirect ?? "");
      return fetch(input, init);
    };
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: server.url } });
    await collect(google({ model: "m", apiKey: KEY, baseUrl: server.url, env: {}, fetch: own }));
    await collect(google({ model: "m", client, fetch: own }));
    expect(seen).toEqual(["manual", "manual"]);
  });

  it("not through a fetch that a client of @google/generative-ai cannot use", () => {
    const old = sdks[2] as Sdk;
    expect(() => old.toModel("http://127.0.0.1:9", { fetch })).toThrow(TypeError);
    expect(() => old.toModel("http://127.0.0.1:9", { fetch })).toThrow(/fetch/);
  });
});
