import { describe, expect, it } from "vitest";

import { openaiCompatible } from "../../../src/providers/openai-compatible/index.ts";
import { openai } from "../../../src/providers/openai/index.ts";
import { collect, hasRecordings, readRecording, replay, startServer } from "./stream-server.ts";

const RECORDINGS = [
  "deepseek-reasoning",
  "deepseek-tool-call",
  "groq-tool-call",
  "mistral-incremental-tool-call",
  "openai-text",
];

/** As much of a recorded chunk as is compared. */
interface Chunk {
  readonly usage?: RecordedUsage | null;
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string | null;
      readonly reasoning_content?: string | null;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id?: string;
        readonly function: { readonly name?: string; readonly arguments: string };
      }[];
    };
    readonly finish_reason: string | null;
  }[];
}

interface RecordedUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
  readonly completion_tokens_details?: { readonly reasoning_tokens: number };
}

interface Expected {
  text: string;
  reasoning: string;
  calls: { id: string; name: string; args: string }[];
  finish: string;
  usage: RecordedUsage | undefined;
}

/** Reads a recording in the plainest way, apart from the adapter. */
function fold(lines: readonly string[]): Expected {
  const expected: Expected = { text: "", reasoning: "", calls: [], finish: "", usage: undefined };
  for (const line of lines) {
    const chunk = JSON.parse(line) as Chunk;
    if (chunk.usage) expected.usage = chunk.usage;
    const choice = chunk.choices[0];
    if (choice === undefined) continue;
    expected.text += choice.delta.content ?? "";
    expected.reasoning += choice.delta.reasoning_content ?? "";
    for (const call of choice.delta.tool_calls ?? []) {
      const known = (expected.calls[call.index] ??= { id: "", name: "", args: "" });
      known.id += call.id ?? "";
      known.name += call.function.name ?? "";
      known.args += call.function.arguments;
    }
    expected.finish = choice.finish_reason ?? expected.finish;
  }
  return expected;
}

describe.skipIf(!hasRecordings)("recorded Chat Completions streams (skipped: ../shared/fixtures is absent)", () => {
  for (const name of RECORDINGS) {
    for (const size of [7, 61, 4096, 1_000_000]) {
      it(`openaiCompatible() reads ${name} in pieces of ${size} bytes`, async () => {
        const lines = readRecording(`openai-chat/${name}.chunks.txt`);
        const expected = fold(lines);
        await using server = await startServer(replay([...lines, "[DONE]"], size));
        const model = openaiCompatible({ model: "m", provider: "recorded", baseUrl: server.url });
        const { text, reasoning, finish, parts } = await collect(model);

        expect(text).toBe(expected.text);
        expect(reasoning).toBe(expected.reasoning);
        const calls = parts.flatMap((part) => (part.type === "tool-call" ? part.call : []));
        expect(calls.map(({ id, name: tool, args }) => ({ id, name: tool, args }))).toEqual(
          expected.calls.map((call) => ({ ...call, args: JSON.parse(call.args) as unknown })),
        );
        expect(finish.rawReason).toBe(expected.finish);
        expect(finish.reason).toBe(expected.calls.length > 0 ? "tool_use" : "end_turn");
        expect(finish.usage).toEqual({
          input: expected.usage?.prompt_tokens,
          output: expected.usage?.completion_tokens,
          cacheRead: expected.usage?.prompt_tokens_details?.cached_tokens ?? 0,
          cacheWrite: 0,
          reasoning: expected.usage?.completion_tokens_details?.reasoning_tokens ?? 0,
        });
        const { content } = finish.message;
        expect(content.flatMap((part) => (part.type === "text" ? part.text : [])).join("")).toBe(expected.text);
        expect(content.flatMap((part) => (part.type === "reasoning" ? part.text : [])).join("")).toBe(
          expected.reasoning,
        );
        expect(content.filter((part) => part.type === "tool-call")).toEqual(calls);
        expect(finish.message.model).toEqual({ provider: "recorded", id: "m" });
      });
    }
  }

  it("openai() with api chat reads openai-text, and the recordings are not empty", async () => {
    const lines = readRecording("openai-chat/openai-text.chunks.txt");
    await using server = await startServer(replay([...lines, "[DONE]"]));
    const { text, finish } = await collect(
      openai({ api: "chat", model: "gpt-4.1-nano", apiKey: "k", baseUrl: server.url }),
    );
    expect(text.length).toBeGreaterThan(500);
    expect(finish.usage?.output).toBe(300);
  });
});
