import { describe, expect, it } from "vitest";

import { aiSdk, type AiSdkOptions, type AiSdkVersion } from "../../../src/providers/ai-sdk/index.ts";
import type { AssistantPart, ContentPart, ModelMessage, ModelRequest } from "../../../src/spec/index.ts";
import { PNG, foreignHistory, pictureHistory, readTool, withHistory } from "../openai/histories.ts";
import { collect, failure, helloRequest } from "../openai/stream-server.ts";
import { HI, endOf, handMade, type HandMadeOptions } from "./hand-made.ts";

async function callOf(
  request: ModelRequest,
  { version = "v4", ...more }: HandMadeOptions = {},
  options: AiSdkOptions = {},
): Promise<Record<string, unknown>> {
  const languageModel = handMade([HI, endOf(version)], { version, ...more });
  await collect(aiSdk(languageModel, options), request);
  expect(languageModel.calls).toHaveLength(1);
  return languageModel.calls[0] ?? {};
}

const answered = (content: readonly AssistantPart[], id = "m1"): ModelMessage => ({
  role: "assistant",
  content,
  model: { provider: "own.chat", id },
});

const asUser = (content: readonly ContentPart[]): ModelRequest => ({
  messages: [{ role: "user", content }],
  tools: [],
});

describe("aiSdk() asks for", () => {
  it("system prompt, tools, limits, schema, effort and the vendor's own settings", async () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const call = await callOf(
      {
        ...helloRequest,
        system: "Be brief",
        tools: [readTool],
        maxOutputTokens: 77,
        reasoning: { effort: "max" },
        output: { name: "answer", schema },
      },
      {},
      { headers: { "x-own": "1" }, providerOptions: { own: { tier: "flex" } }, maxOutputTokens: 5 },
    );
    expect(call["abortSignal"]).toBeInstanceOf(AbortSignal);
    expect({ ...call, abortSignal: undefined }).toEqual({
      prompt: [
        { role: "system", content: "Be brief" },
        { role: "user", content: [{ type: "text", text: "hello" }] },
      ],
      maxOutputTokens: 77,
      headers: { "x-own": "1" },
      providerOptions: { own: { tier: "flex" } },
      tools: [{ type: "function", name: "Read", description: "Reads a file.", inputSchema: readTool.inputSchema }],
      toolChoice: { type: "auto" },
      reasoning: "max",
      responseFormat: { type: "json", name: "answer", schema },
    });
  });

  it("nothing that was not asked for, and no effort before v4", async () => {
    const call = await callOf({ ...helloRequest, reasoning: { effort: "max" } }, { version: "v3" });
    expect(Object.keys(call).toSorted()).toEqual(["abortSignal", "prompt"]);
  });

  it.each([
    ["none", { type: "none" }],
    ["required", { type: "required" }],
    [{ name: "Read" }, { type: "tool", toolName: "Read" }],
  ] as const)("tool choice %j", async (toolChoice, expected) => {
    expect((await callOf({ ...helloRequest, tools: [readTool], toolChoice }))["toolChoice"]).toEqual(expected);
  });
});

describe("aiSdk() replays", () => {
  const own: readonly AssistantPart[] = [
    { type: "reasoning", text: "", providerData: { own: { redacted: "r" } } },
    { type: "text", text: "I look", providerData: { own: { itemId: "t" } } },
    { type: "tool-call", id: "c1", name: "Read", args: { a: 1 }, providerData: { own: { sig: "c" } } },
  ];
  const done: ModelMessage = {
    role: "tool",
    content: [{ type: "tool-result", toolCallId: "c1", name: "Read", content: "no", isError: true }],
  };
  const result = {
    role: "tool",
    content: [{ type: "tool-result", toolCallId: "c1", toolName: "Read", output: { type: "error-text", value: "no" } }],
  };

  it("its own answers with what the vendor said of them", async () => {
    const { prompt } = await callOf(withHistory([answered(own), done]));
    expect(prompt).toEqual([
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "", providerOptions: { own: { redacted: "r" } } },
          { type: "text", text: "I look", providerOptions: { own: { itemId: "t" } } },
          {
            type: "tool-call",
            toolCallId: "c1",
            toolName: "Read",
            input: { a: 1 },
            providerOptions: { own: { sig: "c" } },
          },
        ],
      },
      result,
    ]);
  });

  it("answers of the vendor's other models without it", async () => {
    const { prompt } = await callOf(withHistory([answered(own, "m2"), done]));
    expect(prompt).toEqual([
      {
        role: "assistant",
        content: [
          { type: "text", text: "I look" },
          { type: "tool-call", toolCallId: "c1", toolName: "Read", input: { a: 1 } },
        ],
      },
      result,
    ]);
  });

  it("another vendor's history without its reasoning and opaque parts", async () => {
    const { prompt } = await callOf(withHistory(foreignHistory));
    expect(prompt).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Read it" },
          { type: "file", mediaType: "image/png", data: { type: "data", data: PNG } },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "text", text: "I read." },
          { type: "tool-call", toolCallId: "toolu_01:odd/id", toolName: "Read", input: { file_path: "a" } },
          {
            type: "tool-call",
            toolCallId: "fine_id-1",
            toolName: "Read",
            input: { invalid_arguments: '{"file_path":' },
          },
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "toolu_01:odd/id",
            toolName: "Read",
            output: { type: "text", value: "body" },
          },
          {
            type: "tool-result",
            toolCallId: "fine_id-1",
            toolName: "Read",
            output: { type: "error-text", value: "not JSON" },
          },
        ],
      },
      { role: "user", content: [{ type: "text", text: "Go on" }] },
    ]);
  });

  it("a stand-in for a result that the history lacks", async () => {
    const calls = answered([
      { type: "tool-call", id: "a", name: "Read", args: {} },
      { type: "tool-call", id: "c1", name: "Read", args: {} },
    ]);
    const missing = (toolCallId: string) => ({
      toolCallId,
      output: { type: "error-text", value: "The call was not carried out." },
    });
    const { prompt } = await callOf(withHistory([calls, done, calls, ...helloRequest.messages, calls]));
    expect(prompt).toMatchObject([
      { role: "assistant" },
      { role: "tool", content: [missing("a"), { toolCallId: "c1", output: { value: "no" } }] },
      { role: "assistant" },
      { role: "tool", content: [missing("a"), missing("c1")] },
      { role: "user" },
      { role: "assistant" },
      { role: "tool", content: [missing("a"), missing("c1")] },
    ]);
  });
});

describe("aiSdk() gives images and files", () => {
  const bytes = Buffer.from(PNG, "base64");

  it.each([
    ["v2", PNG],
    ["v3", PNG],
    ["v4", { type: "data", data: PNG }],
  ] as const)("of a %s prompt by their data", async (version, data) => {
    const file: ContentPart = { type: "file", mediaType: "application/pdf", data: PNG, filename: "a.pdf" };
    const { prompt } = await callOf(asUser([{ type: "image", data: PNG }, file]), { version });
    expect(prompt).toEqual([
      {
        role: "user",
        content: [
          { type: "file", mediaType: "image/png", data },
          { type: "file", mediaType: "application/pdf", data, filename: "a.pdf" },
        ],
      },
    ]);
  });

  it.each([
    ["v2", { type: "media", mediaType: "image/jpeg", data: PNG }],
    ["v3", { type: "image-data", mediaType: "image/jpeg", data: PNG }],
    ["v4", { type: "file", mediaType: "image/jpeg", data: { type: "data", data: bytes } }],
  ] as const)("of a result in the form of %s", async (version: AiSdkVersion, expected) => {
    const { prompt } = await callOf(withHistory(pictureHistory), { version });
    expect(prompt).toMatchObject([
      { role: "assistant" },
      { role: "tool", content: [{ output: { type: "content", value: [{ type: "text", text: "see" }, expected] } }] },
    ]);
  });

  it("by address where the model fetches it itself, and nowhere else", async () => {
    const url = "https://host.test/a.png";
    const supportedUrls = { "image/*": [/^https:\/\/host\.test\//g] };
    const { prompt } = await callOf(
      asUser([
        { type: "image", url },
        { type: "image", url },
      ]),
      {
        version: "v3",
        supportedUrls,
      },
    );
    expect(prompt).toMatchObject([{ content: [{ data: new URL(url) }, { data: new URL(url) }] }]);
    for (const content of [
      { type: "image", url: "https://other.test/a.png" },
      { type: "file", url, mediaType: "application/pdf" },
      { type: "image" },
    ] satisfies ContentPart[]) {
      const error = await failure(callOf(asUser([content]), { supportedUrls }));
      expect(error).toMatchObject({ code: "provider_error", isRetryable: false });
    }
  });
});
