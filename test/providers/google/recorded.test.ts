import { describe, expect, it } from "vitest";

import { collect, hasRecordings, readRecording, replay, startServer } from "../openai/stream-server.ts";
import { sdks } from "./sdks.ts";

const RECORDINGS = ["google-text", "google-reasoning", "google-tool-call", "google-tool-call-gemini3"];

interface Part {
  readonly text?: string;
  readonly thought?: boolean;
  readonly functionCall?: { readonly name: string; readonly args: unknown };
}

/** As much of a recorded chunk as is compared. */
interface Chunk {
  readonly candidates: readonly {
    readonly content: { readonly parts: readonly Part[] };
    readonly finishReason?: string;
  }[];
  readonly usageMetadata: {
    readonly promptTokenCount: number;
    readonly candidatesTokenCount: number;
    readonly thoughtsTokenCount: number;
  };
}

/** Reads a recording in the plainest way, apart from the adapter. */
function fold(lines: readonly string[]) {
  const chunks = lines.map((line) => JSON.parse(line) as Chunk);
  const parts = chunks.flatMap((chunk) => chunk.candidates.flatMap((candidate) => candidate.content.parts));
  const usage = chunks.at(-1)?.usageMetadata;
  return {
    text: parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join(""),
    calls: parts.flatMap((part) => part.functionCall ?? []),
    signed: parts.filter((part) => "thoughtSignature" in part),
    finish: chunks.flatMap((chunk) => chunk.candidates.flatMap((candidate) => candidate.finishReason ?? [])).join(),
    usage,
  };
}

describe.skipIf(!hasRecordings)("recorded Gemini streams (skipped: ../shared/fixtures is absent)", () => {
  for (const { name: sdk, toModel } of sdks) {
    for (const name of RECORDINGS) {
      for (const size of [7, 61, 1_000_000]) {
        it(`google() with ${sdk} reads ${name} in pieces of ${size} bytes`, async () => {
          const lines = readRecording(`google/${name}.chunks.txt`);
          const expected = fold(lines);
          await using server = await startServer(replay(lines, size));
          const { text, reasoning, finish, parts } = await collect(toModel(server.url));

          expect(text).toBe(expected.text);
          expect(reasoning).toBe("");
          const calls = parts.flatMap((part) => (part.type === "tool-call" ? part.call : []));
          expect(calls.map(({ id, name: tool, args }) => ({ id, name: tool, args }))).toEqual(
            expected.calls.map((call, index) => ({ id: `call_${index}`, ...call })),
          );
          expect(finish.rawReason).toBe(expected.finish);
          expect(finish.reason).toBe(expected.calls.length > 0 ? "tool_use" : "end_turn");
          const { promptTokenCount = 0, candidatesTokenCount = 0, thoughtsTokenCount = 0 } = expected.usage ?? {};
          expect(promptTokenCount).toBeGreaterThan(0);
          expect(finish.usage).toEqual({
            input: promptTokenCount,
            output: candidatesTokenCount + thoughtsTokenCount,
            cacheRead: 0,
            cacheWrite: 0,
            reasoning: thoughtsTokenCount,
          });
          const { content } = finish.message;
          expect(content.filter((part) => part.type === "tool-call")).toEqual(calls);
          expect(content.flatMap((part) => (part.type === "text" ? part.text : [])).join("")).toBe(expected.text);
          expect(expected.signed.length).toBeGreaterThan(0);
          expect(content.flatMap((part) => part.providerData ?? [])).toEqual(expected.signed);

          // The next request holds what the vendor signed, as it came.
          await collect(toModel(server.url), {
            messages: [{ role: "user", content: [{ type: "text", text: "q" }] }, finish.message],
            tools: [],
          });
          const replayed = server.requests[1]?.body as { contents: { parts: object[] }[] } | undefined;
          expect(replayed?.contents[1]?.parts.filter((part) => "thoughtSignature" in part)).toEqual(expected.signed);
        });
      }
    }
  }
});
