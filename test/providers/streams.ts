import { createOpenAICompatible } from "@ai-sdk/openai-compatible";

import { aiSdk } from "../../src/providers/ai-sdk/index.ts";
import { anthropic } from "../../src/providers/anthropic/index.ts";
import { google } from "../../src/providers/google/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openai } from "../../src/providers/openai/index.ts";
import type { Model } from "../../src/spec/index.ts";

/** A vendor's adapter and an answer in its protocol: thoughts, text with characters of several bytes, two calls. */
export interface Protocol {
  readonly name: string;
  readonly toModel: (fetch: typeof globalThis.fetch) => Model;
  readonly payloads: readonly string[];
  /** The bytes of payloads, with this line end. */
  readonly encode: (payloads: readonly string[], lineEnd?: string) => Buffer;
  /** Line ends that the protocol's reader takes; both SDKs of Google and that of Ollama know LF and CRLF alone. */
  readonly lineEnds: readonly string[];
}

const KEY = { apiKey: "k", env: {} };

function toEvents(payloads: readonly string[], lineEnd = "\n"): Buffer {
  return Buffer.from(payloads.map((payload) => `data: ${payload}${lineEnd}${lineEnd}`).join(""));
}

function toJson(payloads: readonly object[]): readonly string[] {
  return payloads.map((payload) => JSON.stringify(payload));
}

const message = { id: "msg_1", model: "m-1", content: [], usage: { input_tokens: 20, output_tokens: 1 } };
const anthropicEvents = toJson([
  { type: "message_start", message },
  { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm…" } },
  { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "sig" } },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Grüße " } },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "😀" } },
  { type: "content_block_stop", index: 1 },
  { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "t1", name: "look", input: {} } },
  { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"path":' } },
  { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '"ä"}' } },
  { type: "content_block_stop", index: 2 },
  { type: "content_block_start", index: 3, content_block: { type: "tool_use", id: "t2", name: "list", input: {} } },
  { type: "content_block_stop", index: 3 },
  { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 7 } },
  { type: "message_stop" },
]);

const reasoningItem = { type: "reasoning", id: "rs_1", summary: [{ text: "hm…" }], encrypted_content: "secret" };
const textItem = { type: "message", id: "msg_1", content: [{ type: "output_text", text: "Grüße 😀" }] };
const callItem = { type: "function_call", id: "fc_1", call_id: "c1", name: "look", arguments: '{"path":"ä"}' };
const emptyCall = { type: "function_call", id: "fc_2", call_id: "c2", name: "list", arguments: "{}" };
const usage = { input_tokens: 20, output_tokens: 7, input_tokens_details: {}, output_tokens_details: {} };
const responsesEvents = toJson([
  { type: "response.created", response: { id: "resp_1", status: "in_progress", error: null } },
  { type: "response.output_item.added", output_index: 0, item: { type: "reasoning", id: "rs_1", summary: [] } },
  { type: "response.reasoning_summary_text.delta", output_index: 0, item_id: "rs_1", delta: "hm…" },
  { type: "response.output_item.done", output_index: 0, item: reasoningItem },
  { type: "response.output_item.added", output_index: 1, item: { ...textItem, content: [] } },
  { type: "response.output_text.delta", output_index: 1, item_id: "msg_1", content_index: 0, delta: "Grüße " },
  { type: "response.output_text.delta", output_index: 1, item_id: "msg_1", content_index: 0, delta: "😀" },
  { type: "response.output_item.done", output_index: 1, item: textItem },
  { type: "response.output_item.added", output_index: 2, item: { ...callItem, arguments: "" } },
  { type: "response.function_call_arguments.delta", output_index: 2, item_id: "fc_1", delta: '{"path":"ä"}' },
  { type: "response.output_item.done", output_index: 2, item: callItem },
  { type: "response.output_item.done", output_index: 3, item: emptyCall },
  {
    type: "response.completed",
    response: { id: "resp_1", status: "completed", usage, output: [reasoningItem, textItem, callItem, emptyCall] },
  },
]);

const delta = (fields: object, more: object = {}): object => ({
  id: "c",
  model: "m",
  choices: [{ index: 0, delta: fields, finish_reason: null, ...more }],
});
const callDelta = (index: number, text: string, more: object = {}): object =>
  delta({
    tool_calls: [{ index, ...more, function: { arguments: text, ...("name" in more ? { name: more.name } : {}) } }],
  });
const chatEvents = [
  ...toJson([
    delta({ role: "assistant", reasoning_content: "hm…" }),
    delta({ content: "Grüße " }),
    delta({ content: "😀" }),
    callDelta(0, "", { id: "c1", type: "function", name: "look" }),
    callDelta(0, '{"path":'),
    callDelta(0, '"ä"}'),
    callDelta(1, "{}", { id: "c2", type: "function", name: "list" }),
    delta({}, { finish_reason: "tool_calls" }),
    { id: "c", model: "m", choices: [], usage: { prompt_tokens: 20, completion_tokens: 7, total_tokens: 27 } },
  ]),
  "[DONE]",
];

const chunk = (parts: readonly object[], more: object = {}): object => ({
  candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
  usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 7 },
});
const googleEvents = toJson([
  chunk([{ text: "hm…", thought: true }]),
  chunk([{ text: "Grüße " }]),
  chunk([{ text: "😀" }]),
  chunk([{ functionCall: { name: "look", args: { path: "ä" } }, thoughtSignature: "sig" }]),
  chunk([{ functionCall: { name: "list", args: {} } }]),
  chunk([{ text: "" }], { finishReason: "STOP" }),
]);

const line = (fields: object, more: object = {}): object => ({
  model: "m",
  message: { role: "assistant", content: "", ...fields },
  done: false,
  ...more,
});
const ollamaLines = toJson([
  line({ thinking: "hm…" }),
  line({ content: "Grüße " }),
  line({ content: "😀" }),
  line({ tool_calls: [{ function: { name: "look", arguments: { path: "ä" } } }] }),
  line({ tool_calls: [{ function: { name: "list", arguments: {} } }] }),
  line({}, { done: true, done_reason: "stop", prompt_eval_count: 20, eval_count: 7 }),
]);

const ALL_ENDS = ["\n", "\r\n", "\r"];

export const protocols: readonly Protocol[] = [
  {
    name: "anthropic()",
    toModel: (fetch) => anthropic({ model: "m", ...KEY, fetch }),
    payloads: anthropicEvents,
    encode: toEvents,
    lineEnds: ALL_ENDS,
  },
  {
    name: "openai()",
    toModel: (fetch) => openai({ model: "gpt-5", ...KEY, fetch }),
    payloads: responsesEvents,
    encode: toEvents,
    lineEnds: ALL_ENDS,
  },
  {
    name: "openai() with api chat",
    toModel: (fetch) => openai({ model: "gpt-5", api: "chat", ...KEY, fetch }),
    payloads: chatEvents,
    encode: toEvents,
    lineEnds: ALL_ENDS,
  },
  {
    name: "aiSdk()",
    toModel: (fetch) =>
      aiSdk(
        createOpenAICompatible({ name: "own", baseURL: "http://127.0.0.1/v1", apiKey: "k", includeUsage: true, fetch })(
          "m",
        ),
      ),
    payloads: chatEvents,
    encode: toEvents,
    lineEnds: ALL_ENDS,
  },
  {
    name: "google()",
    toModel: (fetch) => google({ model: "gemini-3-pro", ...KEY, fetch }),
    payloads: googleEvents,
    encode: toEvents,
    lineEnds: ["\n", "\r\n"],
  },
  {
    name: "ollama()",
    toModel: (fetch) => ollama({ model: "m", env: {}, fetch }),
    payloads: ollamaLines,
    encode: (payloads, lineEnd = "\n") => Buffer.from(payloads.map((payload) => payload + lineEnd).join("")),
    lineEnds: ["\n", "\r\n"],
  },
];

/** A `fetch` that answers with these chunks, and then ends or breaks. */
export function fetchOf(
  chunks: readonly Uint8Array[],
  { breaks = false, type = "text/event-stream" }: { readonly breaks?: boolean; readonly type?: string } = {},
): typeof globalThis.fetch {
  return () => {
    const left = [...chunks];
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const next = left.shift();
          if (next !== undefined) controller.enqueue(next);
          else if (breaks) controller.error(new TypeError("terminated"));
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return Promise.resolve(new Response(body, { headers: { "content-type": type } }));
  };
}

/** Bytes in pieces of a size, without regard for lines or characters. */
export function cut(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) pieces.push(bytes.subarray(start, start + size));
  return pieces;
}
