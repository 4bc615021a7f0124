import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { openai } from "../../../src/providers/openai/index.ts";
import { collect, failure, hasRecordings, readRecording, replay, startServer } from "./stream-server.ts";

const RECORDINGS = [
  "openai-custom-tool",
  "openai-phase",
  "openai-reasoning-encrypted-content",
  "programmatic-tool-calling",
];

/** As much of a recorded item as is compared. */
interface Item {
  readonly type: string;
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
  readonly input: string;
  readonly phase?: string;
  readonly caller?: unknown;
}

/** As much of a recorded event as is compared. */
interface Event {
  readonly type: string;
  readonly delta: string;
  readonly item: Item;
  readonly response: {
    readonly output: readonly Item[];
    readonly usage: {
      readonly input_tokens: number;
      readonly input_tokens_details: { readonly cached_tokens: number; readonly cache_write_tokens?: number };
      readonly output_tokens: number;
      readonly output_tokens_details: { readonly reasoning_tokens: number };
    };
  };
}

/** A recording may hold several responses one after another; each begins with `response.created`. */
function split(lines: readonly string[]): string[][] {
  const responses: string[][] = [];
  for (const line of lines) {
    if ((JSON.parse(line) as Event).type === "response.created") responses.push([]);
    responses.at(-1)?.push(line);
  }
  return responses;
}

/** What a response holds, read from its deltas and from the items of its end. */
function fold(lines: readonly string[]) {
  const events = lines.map((line) => JSON.parse(line) as Event);
  const deltas = (type: string): string => events.map((event) => (event.type === type ? event.delta : "")).join("");
  const end = events.find((event) => event.type === "response.completed")?.response;
  if (end === undefined) throw new Error("the recording has no end");
  return {
    text: deltas("response.output_text.delta"),
    reasoning: deltas("response.reasoning_summary_text.delta"),
    types: end.output.map((item) => item.type),
    calls: end.output
      .filter((item) => item.type === "function_call" || item.type === "custom_tool_call")
      .map((item) => ({
        id: item.call_id,
        name: item.name,
        args: item.type === "function_call" ? (JSON.parse(item.arguments) as unknown) : { input: item.input },
      })),
    done: events.filter((event) => event.type === "response.output_item.done").map((event) => event.item),
    usage: end.usage,
  };
}

const PART_TYPES: Record<string, string> = {
  message: "text",
  reasoning: "reasoning",
  function_call: "tool-call",
  custom_tool_call: "tool-call",
};

describe.skipIf(!hasRecordings)("recorded Responses streams (skipped: ../shared/fixtures is absent)", () => {
  for (const name of RECORDINGS) {
    for (const size of [11, 4096, 1_000_000]) {
      it(`openai() reads every response of ${name} in pieces of ${size} bytes`, async () => {
        const responses = split(readRecording(`openai-responses/${name}.1.chunks.txt`));
        expect(responses.length).toBeGreaterThan(0);
        for (const lines of responses) {
          const expected = fold(lines);
          await using server = await startServer(replay(lines, size));
          const { text, reasoning, finish, parts } = await collect(
            openai({ model: "gpt-5", apiKey: "k", baseUrl: server.url }),
          );
          expect(text).toBe(expected.text);
          expect(reasoning).toBe(expected.reasoning);
          const { content } = finish.message;
          expect(content.map((part) => part.type)).toEqual(expected.types.map((type) => PART_TYPES[type] ?? "opaque"));
          const calls = content.filter((part) => part.type === "tool-call");
          expect(calls.map(({ id, name: tool, args }) => ({ id, name: tool, args }))).toEqual(expected.calls);
          expect(parts.flatMap((part) => (part.type === "tool-call" ? part.call : []))).toEqual(calls);
          expect(finish.reason).toBe(expected.calls.length > 0 ? "tool_use" : "end_turn");
          expect(finish.usage).toEqual({
            input: expected.usage.input_tokens,
            output: expected.usage.output_tokens,
            cacheRead: expected.usage.input_tokens_details.cached_tokens,
            cacheWrite: expected.usage.input_tokens_details.cache_write_tokens ?? 0,
            reasoning: expected.usage.output_tokens_details.reasoning_tokens,
          });
        }
      });
    }
    it(`openai() sends the items of ${name} back as they came`, async () => {
      for (const lines of split(readRecording(`openai-responses/${name}.1.chunks.txt`))) {
        await using server = await startServer(replay(lines));
        const model = openai({ model: "gpt-5", apiKey: "k", baseUrl: server.url });
        const { finish } = await collect(model);
        await collect(model, { messages: [finish.message], tools: [] });
        const sent = server.requests[1]?.body["input"] as Item[];
        const { done } = fold(lines);
        expect(sent.map((item) => item.type)).toEqual(
          done.map((item) => (item.type === "custom_tool_call" ? "function_call" : item.type)),
        );
        for (const [at, item] of done.entries()) {
          // Whole items come back; of messages and calls what carries meaning.
          if (item.type === "reasoning" || item.type === "program") expect(sent[at]).toEqual(item);
          if (item.type === "message") expect(sent[at]).toMatchObject({ id: item.id, role: "assistant" });
          if (item.phase !== undefined) expect(sent[at]?.phase).toBe(item.phase);
          if (item.type === "function_call") {
            expect(sent[at]).toMatchObject({ id: item.id, call_id: item.call_id, name: item.name });
            expect(sent[at]?.caller).toEqual(item.caller);
          }
        }
      }
    });
  }

  it("openai() turns the recorded quota error into a ProviderError that is not retried", async () => {
    await using server = await startServer(replay(readRecording("openai-responses/openai-error.1.chunks.txt")));
    const error = await failure(collect(openai({ model: "gpt-5", apiKey: "k", baseUrl: server.url })));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable: false, provider: "openai" });
    expect((error as Error).message).toContain("exceeded your current quota");
  });

  it("openai() reads one response of a file that holds several", async () => {
    const lines = readRecording("openai-responses/openai-reasoning-encrypted-content.1.chunks.txt");
    const [first = []] = split(lines);
    await using server = await startServer(replay(lines));
    const { finish } = await collect(openai({ model: "gpt-5", apiKey: "k", baseUrl: server.url }));
    expect(split(lines).length).toBeGreaterThan(1);
    expect(finish.message.content.filter((part) => part.type === "tool-call")).toHaveLength(fold(first).calls.length);
    expect(finish.usage?.input).toBe(fold(first).usage.input_tokens);
  });
});
