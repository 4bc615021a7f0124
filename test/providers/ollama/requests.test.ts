import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { OllamaOptions } from "../../../src/providers/ollama/index.ts";
import type { ContentPart, ModelRequest } from "../../../src/spec/index.ts";
import { PNG, foreignHistory, pictureHistory, readTool, withHistory } from "../openai/histories.ts";
import { collect, failure, helloRequest, startServer } from "../openai/stream-server.ts";
import { END, HI, modelFor, replayLines } from "./ndjson.ts";

async function bodyOf(request: ModelRequest, options: Partial<OllamaOptions> = {}): Promise<Record<string, unknown>> {
  await using server = await startServer(replayLines([HI, END]));
  await collect(modelFor(server.url, options), request);
  const [seen] = server.requests;
  expect(seen?.url).toBe("/api/chat");
  return seen?.body ?? {};
}

async function refusalOf(content: readonly ContentPart[]): Promise<Error> {
  await using server = await startServer(replayLines([HI, END]));
  const error = await failure(collect(modelFor(server.url), { messages: [{ role: "user", content }], tools: [] }));
  expect(error).toMatchObject({ code: "provider_error", isRetryable: false });
  expect(server.requests).toHaveLength(0);
  return error as Error;
}

describe("ollama() sends", () => {
  it("system prompt, tools, limits, schema, options and thinking", async () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const body = await bodyOf(
      {
        ...helloRequest,
        system: "Be brief",
        tools: [readTool],
        maxOutputTokens: 77,
        reasoning: { effort: "high" },
        output: { name: "answer", schema },
      },
      { modelOptions: { num_ctx: 8192 }, keepAlive: "10m", maxOutputTokens: 5 },
    );
    expect(body).toEqual({
      model: "qwen3",
      stream: true,
      messages: [
        { role: "system", content: "Be brief" },
        { role: "user", content: "hello" },
      ],
      tools: [
        {
          type: "function",
          function: { name: "Read", description: "Reads a file.", parameters: readTool.inputSchema },
        },
      ],
      format: schema,
      think: true,
      keep_alive: "10m",
      options: { num_ctx: 8192, num_predict: 77 },
    });
  });

  it("nothing that was not asked for", async () => {
    expect(Object.keys(await bodyOf(helloRequest)).toSorted()).toEqual(["messages", "model", "stream"]);
  });

  it.each([
    ["qwen3", { effort: "none" }, false],
    ["qwen3", { maxTokens: 0 }, false],
    ["qwen3", { maxTokens: 10 }, true],
    ["qwen3", { effort: "low" }, true],
    ["gpt-oss:20b", { effort: "low" }, "low"],
    ["gpt-oss:20b", { effort: "max" }, "high"],
  ] as const)("to %s for %j think: %s", async (model, reasoning, think) => {
    expect((await bodyOf({ ...helloRequest, reasoning }, { model }))["think"]).toBe(think);
  });

  it("only the tools that may be chosen", async () => {
    const other = { ...readTool, name: "Write" };
    const tools = [readTool, other];
    const namesOf = async (toolChoice: NonNullable<ModelRequest["toolChoice"]>): Promise<unknown> => {
      const body = await bodyOf({ ...helloRequest, tools, toolChoice });
      return (body["tools"] as { function: { name: string } }[] | undefined)?.map((tool) => tool.function.name);
    };
    expect(await namesOf("none")).toBeUndefined();
    expect(await namesOf("required")).toEqual(["Read", "Write"]);
    expect(await namesOf({ name: "Write" })).toEqual(["Write"]);
  });

  it("another vendor's history without its reasoning and opaque parts", async () => {
    const { messages } = await bodyOf(withHistory(foreignHistory));
    expect(messages).toEqual([
      { role: "user", content: "Read it", images: [PNG] },
      {
        role: "assistant",
        content: "I read.",
        tool_calls: [
          { id: "toolu_01:odd/id", function: { name: "Read", arguments: { file_path: "a" } } },
          { id: "fine_id-1", function: { name: "Read", arguments: { invalid_arguments: '{"file_path":' } } },
        ],
      },
      { role: "tool", content: "body", tool_call_id: "toolu_01:odd/id", tool_name: "Read" },
      { role: "tool", content: "not JSON", tool_call_id: "fine_id-1", tool_name: "Read" },
      { role: "user", content: "Go on" },
    ]);
  });

  it("its own thoughts back to the model that had them, and to no other", async () => {
    const messages = [
      {
        role: "assistant",
        model: { provider: "ollama", id: "qwen3" },
        content: [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "yes" },
        ],
      },
    ] as const;
    expect((await bodyOf({ messages, tools: [] }))["messages"]).toEqual([
      { role: "assistant", content: "yes", thinking: "hm" },
    ]);
    expect((await bodyOf({ messages, tools: [] }, { model: "llama4" }))["messages"]).toEqual([
      { role: "assistant", content: "yes" },
    ]);
  });

  it("pictures of results and of files, and text files as text", async () => {
    const bytes = Buffer.from(PNG, "base64");
    const { messages } = await bodyOf(
      withHistory([
        ...pictureHistory,
        {
          role: "user",
          content: [
            { type: "file", mediaType: "image/png", data: bytes },
            { type: "file", mediaType: "text/csv", data: Buffer.from("a,b"), filename: "t.csv" },
            { type: "text", text: "what is it?" },
          ],
        },
      ]),
    );
    expect(messages).toMatchObject([
      { role: "assistant" },
      { role: "tool", content: "see", images: [PNG] },
      { role: "user", content: "t.csv:\na,b\n\nwhat is it?", images: [PNG] },
    ]);
  });

  it("the same picture in each turn", async () => {
    await using server = await startServer(replayLines([HI, END]));
    const model = modelFor(server.url);
    const request = withHistory(foreignHistory);
    await collect(model, request);
    await collect(model, request);
    const [first, second] = server.requests;
    expect(second?.text).toBe(first?.text);
  });

  it("never the file whose path stands in the place of an image's data", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ollama-"));
    try {
      const path = join(folder, "secret");
      await writeFile(path, "the secret");
      const content: ContentPart[] = [{ type: "image", data: path }];
      const body = await bodyOf({ messages: [{ role: "user", content }], tools: [] });
      expect(JSON.stringify(body)).not.toContain(Buffer.from("the secret").toString("base64"));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("no addresses, no files that it cannot read, no empty pictures", async () => {
    expect((await refusalOf([{ type: "image", url: "https://host/a.png" }])).message).toContain("https://host/a.png");
    const pdf: ContentPart = { type: "file", mediaType: "application/pdf", data: "AAAA" };
    expect((await refusalOf([pdf])).message).toContain("application/pdf");
    expect((await refusalOf([{ type: "image" }])).message).toContain("no data");
  });
});

describe("ollama() connects", () => {
  it("to the server that the environment names, with headers and key", async () => {
    await using server = await startServer(replayLines([HI, END]));
    const { host } = new URL(server.url);
    const model = modelFor("", { env: { OLLAMA_HOST: host }, headers: { "x-own": "1" }, apiKey: "k" });
    await collect(model);
    expect(server.requests[0]?.headers).toMatchObject({ "x-own": "1", authorization: "Bearer k" });
  });

  it("with the vendor's key to the vendor alone", async () => {
    await using server = await startServer(replayLines([HI, END]));
    await collect(modelFor(server.url, { env: { OLLAMA_API_KEY: "secret" } }));
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
    const seen: (string | null)[] = [];
    const own: typeof fetch = (_input, init) => {
      seen.push(new Headers(init?.headers).get("authorization"));
      return Promise.resolve(new Response([HI, END].map((value) => JSON.stringify(value)).join("\n")));
    };
    await collect(modelFor("https://ollama.com", { env: { OLLAMA_API_KEY: "secret" }, fetch: own }));
    await collect(modelFor("https://ollama.com.evil.test", { env: { OLLAMA_API_KEY: "secret" }, fetch: own }));
    expect(seen).toEqual(["Bearer secret", null]);
  });
});
