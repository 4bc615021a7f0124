import type { ServerResponse } from "node:http";

import type {
  AssistantPart,
  Model,
  ModelFinish,
  ModelMessage,
  ModelRequest,
  ModelStreamPart,
  ToolResultPart,
} from "../../../src/spec/index.ts";
import { anthropic, type AnthropicOptions } from "../../../src/providers/anthropic/index.ts";
import { openServer, type LoopbackServer } from "../../net/loopback-server.ts";

/** A request with one question and what a test adds. */
export function ask(extra: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [user("hello")], tools: [], ...extra };
}

export function user(text: string): ModelMessage {
  return { role: "user", content: [{ type: "text", text }] };
}

export function assistant(content: readonly AssistantPart[], provider = "anthropic", id = "claude-test"): ModelMessage {
  return { role: "assistant", content, model: { provider, id } };
}

export function result(toolCallId: string, content: ToolResultPart["content"], isError = false): ModelMessage {
  return { role: "tool", content: [{ type: "tool-result", toolCallId, name: "look", content, isError }] };
}

/** The frames of the wire for events. */
export function toFrames(events: readonly object[], end = "\n"): string {
  return events
    .map((event) => {
      const type = "type" in event ? String(event.type) : "";
      return `event: ${type}${end}data: ${JSON.stringify(event)}${end}${end}`;
    })
    .join("");
}

/** A whole answer of blocks that come in one piece each. */
export function toAnswer(blocks: readonly object[], stopReason = "end_turn"): object[] {
  return [
    { type: "message_start", message: { id: "msg", content: [], usage: { input_tokens: 3, output_tokens: 1 } } },
    ...blocks.flatMap((block, index) => [
      { type: "content_block_start", index, content_block: block },
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: { stop_reason: stopReason }, usage: { output_tokens: 5 } },
    { type: "message_stop" },
  ];
}

/** A server that streams the same events to everybody. */
export function serveEvents(events: readonly object[]): Promise<LoopbackServer> {
  return openServer((response) => sendStream(response, toFrames(events)));
}

export function sendStream(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "text/event-stream" }).end(text);
}

/** A model that talks to a server, with a key and nothing from the environment. */
export function modelFor(server: { readonly url: string }, options: Partial<AnthropicOptions> = {}): Model {
  return anthropic({ model: "claude-test", apiKey: "key-1", baseUrl: server.url, env: {}, ...options });
}

/** Reads a stream to its end. */
export async function readAll(
  model: Model,
  request: ModelRequest = ask(),
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly parts: readonly ModelStreamPart[]; readonly finish: ModelFinish }> {
  const parts: ModelStreamPart[] = [];
  for await (const part of model.stream(request, { signal })) parts.push(part);
  const finish = parts.at(-1);
  if (finish?.type !== "finish") throw new Error("The stream has no finish");
  return { parts, finish };
}

/** A call as it stands in a history. */
export const callOf = (id: string) => ({ type: "tool-call", id, name: "look", args: { a: 1 } }) as const;

/** A message of a request's body. */
export interface WireMessage {
  readonly role: string;
  readonly content: readonly Readonly<Record<string, unknown>>[];
}

/** The `messages` that histories become, sent one after the other through one model. */
export async function sendAll(
  histories: readonly (readonly ModelMessage[])[],
  options: Partial<AnthropicOptions> = { promptCache: "off" },
): Promise<{ readonly texts: readonly string[]; readonly messages: readonly (readonly WireMessage[])[] }> {
  await using server = await serveEvents(toAnswer([{ type: "text", text: "Hello" }]));
  const model = modelFor(server, options);
  for (const messages of histories) await readAll(model, ask({ messages }));
  const texts = server.requests.map(({ text }) => text);
  // The bodies are ours; that they are JSON is part of what is tested.
  return { texts, messages: texts.map((text) => (JSON.parse(text) as { messages: WireMessage[] }).messages) };
}
