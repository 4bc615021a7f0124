import { describe, expect, it } from "vitest";

import { ollama } from "../../../src/providers/ollama/index.ts";
import type { ModelMessage } from "../../../src/spec/index.ts";
import { collect, helloRequest, startServer } from "../openai/stream-server.ts";
import { END, HI, line, modelFor, replayLines } from "./ndjson.ts";

const call = (name: string, args: unknown, more: object = {}) => ({ ...more, function: { name, arguments: args } });

async function answer(lines: readonly (string | object)[], messages: readonly ModelMessage[] = helloRequest.messages) {
  await using server = await startServer(replayLines(lines));
  return await collect(modelFor(server.url), { ...helloRequest, messages });
}

describe("ollama()", () => {
  it.each([1, 7, 1_000_000])("reads thoughts, text and calls in pieces of %i bytes", async (size) => {
    const lines = [
      line({ thinking: "The user " }),
      line({ thinking: "wants ü" }),
      line({ content: "I lo" }),
      line({ content: "ok 🙂" }),
      line({ tool_calls: [call("look", { at: "Oslo" })] }),
      line({ tool_calls: [call("look", { at: "Rome" })] }),
      END,
    ];
    await using server = await startServer(replayLines(lines, size));
    const { text, reasoning, finish, parts } = await collect(modelFor(server.url));
    expect(reasoning).toBe("The user wants ü");
    expect(text).toBe("I look 🙂");
    expect(finish).toMatchObject({
      reason: "tool_use",
      rawReason: "stop",
      usage: { input: 26, output: 9, cacheRead: 20, cacheWrite: 0, reasoning: 0 },
    });
    expect(finish.message).toEqual({
      role: "assistant",
      model: { provider: "ollama", id: "qwen3" },
      content: [
        { type: "reasoning", text: "The user wants ü" },
        { type: "text", text: "I look 🙂" },
        { type: "tool-call", id: "call_0", name: "look", args: { at: "Oslo" } },
        { type: "tool-call", id: "call_1", name: "look", args: { at: "Rome" } },
      ],
    });
    expect(parts.flatMap((part) => (part.type === "tool-call" ? part.call : []))).toEqual(
      finish.message.content.slice(2),
    );
  });

  it("keeps the server's ids, and makes up those that lack or repeat beyond the history's", async () => {
    const before: ModelMessage = {
      role: "assistant",
      model: { provider: "ollama", id: "qwen3" },
      content: [{ type: "tool-call", id: "call_0", name: "look", args: {} }],
    };
    const calls = [call("a", {}, { id: "call_x" }), call("b", {}, { id: "call_x" }), call("c", {})];
    const { finish } = await answer([line({ tool_calls: calls }), END], [...helloRequest.messages, before]);
    expect(finish.message.content.map((part) => (part.type === "tool-call" ? part.id : ""))).toEqual([
      "call_x",
      "call_2",
      "call_3",
    ]);
  });

  it("reads arguments that came as text, and keeps those that are no object", async () => {
    const calls = [call("a", '{"x":1}'), call("b", '{"x":'), call("c", [1]), call("d", undefined)];
    const { finish } = await answer([line({ tool_calls: calls }), END]);
    expect(finish.message.content).toMatchObject([
      { name: "a", args: { x: 1 } },
      { name: "b", args: undefined, invalidArgs: '{"x":' },
      { name: "c", args: undefined, invalidArgs: "[1]" },
      { name: "d", args: {} },
    ]);
  });

  it.each([
    ["stop", "end_turn"],
    ["length", "max_tokens"],
    ["load", "other"],
    ["unload", "other"],
  ])("done_reason %s is %s", async (done_reason, reason) => {
    const { finish } = await answer([HI, { ...END, done_reason }]);
    expect(finish).toMatchObject({ reason, rawReason: done_reason });
  });

  it("takes an end without reason and counts for a natural one without usage", async () => {
    const { finish } = await answer([HI, { message: { role: "assistant", content: "" }, done: true }]);
    expect(finish).toMatchObject({ reason: "end_turn", usage: undefined });
    expect(finish.rawReason).toBeUndefined();
  });

  it("reads a last line without a line end, and nothing after the end", async () => {
    await using server = await startServer((response) => {
      response.writeHead(200).end(`${JSON.stringify(HI)}\r\n\n${JSON.stringify(END)}`);
    });
    expect((await collect(modelFor(server.url))).text).toBe("hi");
    expect((await answer([HI, END, HI, "nonsense"])).text).toBe("hi");
  });

  it("takes the name of a model alone", () => {
    expect(ollama("qwen3")).toMatchObject({ provider: "ollama", id: "qwen3" });
  });
});
