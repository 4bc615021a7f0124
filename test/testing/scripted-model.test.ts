import { describe, expect, it } from "vitest";

import type { ModelStreamPart } from "../../src/spec/index.ts";
import { scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";

const request = { messages: [], tools: [] };
const quiet = { signal: new AbortController().signal };

async function play(step: ScriptedStep): Promise<readonly ModelStreamPart[]> {
  const parts: ModelStreamPart[] = [];
  for await (const part of scriptedModel([step]).stream(request, quiet)) parts.push(part);
  return parts;
}

describe("scriptedModel()", () => {
  it("fails after its last step, so that a test cannot go on unnoticed", async () => {
    const model = scriptedModel([]);
    await expect(model.stream(request, quiet)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "provider_error",
      isRetryable: false,
      message: expect.stringContaining("no step for call 1"),
    });
  });

  it("rejects with the reason of an abort, before a step, during a delay and between deltas", async () => {
    const before = scriptedModel(["never"]).stream(request, { signal: AbortSignal.abort("before") });
    await expect(before[Symbol.asyncIterator]().next()).rejects.toBe("before");
    const during = new AbortController();
    const waiting = scriptedModel([{ text: "never", delayMs: 60_000 }])
      .stream(request, during)
      [Symbol.asyncIterator]();
    const next = waiting.next();
    during.abort("during");
    await expect(next).rejects.toBe("during");
    const between = new AbortController();
    const parts = scriptedModel(["one two"]).stream(request, between)[Symbol.asyncIterator]();
    await parts.next();
    between.abort("between");
    await expect(parts.next()).rejects.toBe("between");
  });

  it("throws the errors of its script, at once or after deltas", async () => {
    const error = new Error("scripted");
    await expect(play(error)).rejects.toBe(error);
    await expect(play(() => error)).rejects.toBe(error);
    await expect(play({ deltas: ["half"], error })).rejects.toBe(error);
  });

  it.each(["", " ", "\n\n", "one", " one  two\n", "日本"])(
    "deltas of %j add up to the text of the message",
    async (text) => {
      const parts = await play(text);
      const deltas = parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");
      expect(deltas).toBe(text);
      expect(parts.at(-1)).toMatchObject({
        type: "finish",
        reason: "end_turn",
        message: { role: "assistant", content: text === "" ? [] : [{ type: "text", text }] },
      });
    },
  );

  it("gives each tool call an id of its own and tells arguments that do not parse", async () => {
    const model = scriptedModel([
      {
        toolCalls: [
          { name: "A", args: { x: 1 } },
          { name: "B", invalidArgs: "{x" },
        ],
      },
      { toolCalls: [{ name: "C" }, { name: "D", id: "mine" }] },
    ]);
    const calls: unknown[] = [];
    const reasons: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      for await (const part of model.stream(request, quiet)) {
        if (part.type === "tool-call") calls.push(part.call);
        if (part.type === "finish") reasons.push(part.reason);
      }
    }
    expect(calls).toEqual([
      { type: "tool-call", id: "call_1", name: "A", args: { x: 1 } },
      { type: "tool-call", id: "call_2", name: "B", args: undefined, invalidArgs: "{x" },
      { type: "tool-call", id: "call_3", name: "C", args: {} },
      { type: "tool-call", id: "mine", name: "D", args: {} },
    ]);
    expect(reasons).toEqual(["tool_use", "tool_use"]);
    expect((await play({ text: "x", toolCalls: [] })).at(-1)).toMatchObject({ reason: "end_turn" });
  });

  it("keeps what it was asked, also when the history grows afterwards", async () => {
    const messages = [{ role: "user" as const, content: [] }];
    const model = scriptedModel([(asked) => `${asked.messages.length} messages`]);
    for await (const part of model.stream({ messages, tools: [] }, quiet)) {
      if (part.type === "text-delta") messages.push({ role: "user", content: [] });
    }
    expect(model.requests).toEqual([{ messages: [{ role: "user", content: [] }], tools: [] }]);
  });
});
