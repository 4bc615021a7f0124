import { describe, expect, it } from "vitest";

import { anthropic, type AnthropicClient } from "../../../src/providers/anthropic/index.ts";
import { openai } from "../../../src/providers/openai/index.ts";
import type { ByteSource } from "../../../src/net/index.ts";
import { streamAnswer, type AnswerFold } from "../../../src/providers/shared/index.ts";
import type { Model, ModelFinish, ModelStreamPart, PartIterator } from "../../../src/spec/index.ts";

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

const finish: ModelFinish = {
  type: "finish",
  reason: "end_turn",
  usage: undefined,
  message: { role: "assistant", content: [], model: { provider: "p", id: "m" } },
};

/** Shows each payload as text; "end" is the vendor's last word, and "broken" an error. */
function createFold(): AnswerFold {
  let isDone = false;
  return {
    get isDone() {
      return isDone;
    },
    push(payload, parts) {
      if (payload === "broken") throw new Error("broken");
      if (payload === "end") isDone = true;
      else parts.push({ type: "text-delta", text: payload });
    },
    finish() {
      if (!isDone) throw new Error("cut");
      return finish;
    },
  };
}

/** Bytes that come when the test says so: chunks of payloads, an error, or "ended". */
function createBytes(steps: readonly (readonly string[] | Error | "ended")[]): ByteSource & { isClosed: boolean } {
  const waiting = [...steps];
  let chunks: Uint8Array[] = [];
  let hasEnded = false;
  return {
    isClosed: false,
    get isEnded() {
      return hasEnded && chunks.length === 0;
    },
    take() {
      const taken = chunks;
      chunks = [];
      return taken;
    },
    async wait() {
      await Promise.resolve();
      const step = waiting.shift();
      if (step === undefined) return new Promise(() => {});
      if (step instanceof Error) throw step;
      if (step === "ended") hasEnded = true;
      else chunks.push(Buffer.from(step.map((payload) => `data: ${payload}\n\n`).join("")));
      // The end comes with the last bytes.
      if (waiting[0] === "ended" && step.includes("end")) hasEnded = true;
    },
    close() {
      this.isClosed = true;
    },
  };
}

function open(bytes: ByteSource): PartIterator {
  const { signal } = new AbortController();
  const call = { provider: "p", prepare: () => undefined, send: () => bytes, fold: createFold(), signal };
  return streamAnswer(call)[Symbol.asyncIterator]();
}

const textsOf = (steps: readonly IteratorResult<ModelStreamPart>[]): readonly unknown[] =>
  steps.map(({ done, value }) => (done === true ? "done" : value.type === "text-delta" ? value.text : value.type));

describe("streamAnswer()", () => {
  it("throws what the bytes throw, after what came before, closes them and is over then", async () => {
    const bytes = createBytes([["a", "b"], new TypeError("terminated")]);
    const parts = open(bytes);
    expect(textsOf([await parts.next(), await parts.next()])).toEqual(["a", "b"]);
    await expect(parts.next()).rejects.toMatchObject({ code: "provider_error", isRetryable: true });
    expect(bytes.isClosed).toBe(true);
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  it("closes the bytes when the reader leaves in the middle of a chunk, and gives nothing after", async () => {
    const bytes = createBytes([["a", "b"]]);
    const parts = open(bytes);
    await parts.next();
    await parts.return?.();
    expect(bytes.isClosed).toBe(true);
    expect(parts.ready?.()).toBeUndefined();
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  it("gives every part in order to readers that ask without waiting", async () => {
    const parts = open(createBytes([["a"], ["b", "c", "d"], ["e", "end"], "ended"]));
    const steps = await Promise.all(Array.from({ length: 7 }, () => parts.next()));
    expect(textsOf(steps)).toEqual(["a", "b", "c", "d", "e", "finish", "done"]);
  });

  it("fails for the reader whose turn it was and no other", async () => {
    const parts = open(createBytes([["a", "broken"]]));
    const steps = await Promise.allSettled([parts.next(), parts.next(), parts.next()]);
    expect(steps.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("gives at once what is there, with the end when it came too, and nothing while somebody who asked before waits", async () => {
    const parts = open(createBytes([["a", "b", "end"], "ended"]));
    expect(parts.ready?.()).toBeUndefined();
    const first = parts.next();
    expect(parts.ready?.()).toBeUndefined();
    expect(textsOf([await first])).toEqual(["a"]);
    expect([parts.ready?.(), parts.ready?.(), parts.ready?.()]).toEqual([
      { type: "text-delta", text: "b" },
      finish,
      undefined,
    ]);
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  it("does not hold back what came before the end while the server has not closed the stream", async () => {
    const bytes = createBytes([["a", "end"]]);
    const parts = open(bytes);
    expect(textsOf([await parts.next()])).toEqual(["a"]);
    expect(parts.ready?.()).toBeUndefined();
    // Half a second later, since this server never closes it.
    expect(textsOf([await parts.next(), await parts.next()])).toEqual(["finish", "done"]);
    expect(bytes.isClosed).toBe(true);
  });

  it("shows what came before an end that does not hold, and throws then", async () => {
    const parts = open(createBytes([["a"], "ended"]));
    expect(textsOf([await parts.next()])).toEqual(["a"]);
    await expect(parts.next()).rejects.toThrow("cut");
  });
});
