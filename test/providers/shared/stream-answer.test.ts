import { describe, expect, it } from "vitest";

import { anthropic, type AnthropicClient } from "../../../src/providers/anthropic/index.ts";
import { openai } from "../../../src/providers/openai/index.ts";
import type { Model, ModelStreamPart } from "../../../src/spec/index.ts";

/** A client of the host whose answer comes in these chunks. */
function clientOf(chunks: readonly (readonly (object | string)[])[]): AnthropicClient {
  const toText = (event: object | string): string =>
    typeof event === "string" ? event : `data: ${JSON.stringify(event)}\n\n`;
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk.map(toText).join("")));
      controller.close();
    },
  });
  return { post: () => ({ asResponse: () => Promise.resolve(new Response(body)) }) };
}

async function read(model: Model, seen: ModelStreamPart[] = []): Promise<readonly ModelStreamPart["type"][]> {
  const request = { messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }], tools: [] } as const;
  for await (const part of model.stream(request, { signal: new AbortController().signal })) seen.push(part);
  return seen.map((part) => part.type);
}

const KEEP_ALIVE = ": still here\n\n";

const json = { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: " " } };
const anthropicEvents = {
  begin: [
    { type: "message_start", message: { content: [] } },
    { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "t", name: "look", input: {} } },
    { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  ],
  piece: json,
  text: { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "x" } },
  end: [
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "tool_use" } },
    { type: "message_stop" },
  ],
};

const chatChunk = (delta: object, reason: string | null = null): object => ({
  choices: [{ index: 0, delta, finish_reason: reason }],
});
const chatEvents = {
  begin: [chatChunk({ tool_calls: [{ index: 0, id: "t", function: { name: "look", arguments: "" } }] })],
  piece: chatChunk({ tool_calls: [{ index: 0, function: { arguments: " " } }] }),
  text: chatChunk({ content: "x" }),
  end: [chatChunk({}, "tool_calls"), "data: [DONE]\n\n"],
};

const item = { type: "function_call", call_id: "t", name: "look", arguments: "" };
const message = { type: "message", content: [{ type: "output_text", text: "x" }] };
const responsesEvents = {
  begin: [
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.output_item.added", output_index: 1, item: { type: "message", content: [] } },
  ],
  piece: { type: "response.function_call_arguments.delta", output_index: 0, delta: " " },
  text: { type: "response.output_text.delta", output_index: 1, content_index: 0, delta: "x" },
  end: [
    { type: "response.output_item.done", output_index: 0, item: { ...item, arguments: "{}" } },
    { type: "response.completed", response: { status: "completed", output: [item, message] } },
  ],
};

describe.each([
  ["anthropic()", anthropicEvents, (client: AnthropicClient) => anthropic({ model: "m", client })],
  ["openai() with api chat", chatEvents, (client: AnthropicClient) => openai({ model: "gpt-5", api: "chat", client })],
  ["openai() with api responses", responsesEvents, (client: AnthropicClient) => openai({ model: "gpt-5", client })],
] as const)("streamAnswer() of %s", (_name, { begin, piece, text, end }, toModel) => {
  it("tells of life once for each chunk that shows nothing", async () => {
    const pieces = Array.from({ length: 50 }, () => piece);
    const chunks = [begin, [KEEP_ALIVE, KEEP_ALIVE], pieces, pieces, [piece, text, piece, KEEP_ALIVE], end];
    const types = await read(toModel(clientOf(chunks)));
    expect(types).toEqual(["ping", "ping", "ping", "ping", "text-delta", "tool-call", "finish"]);
  });

  it("shows what came before an event that fails in the same chunk", async () => {
    const seen: ModelStreamPart[] = [];
    const reading = read(toModel(clientOf([[...begin, text, "data: {\n\n"]])), seen);
    await expect(reading).rejects.toMatchObject({ isRetryable: true });
    expect(seen).toEqual([{ type: "text-delta", text: "x" }]);
  });
});
