import { describe, expect, it } from "vitest";

import { modelFor, readAll, serveEvents, toAnswer } from "./conversation.ts";

const start = (index: number, block: object): object => ({ type: "content_block_start", index, content_block: block });
const delta = (index: number, piece: object): object => ({ type: "content_block_delta", index, delta: piece });
const json = (index: number, text: string): object => delta(index, { type: "input_json_delta", partial_json: text });
const stop = (index: number): object => ({ type: "content_block_stop", index });
const call = (id: string): object => ({ type: "tool_use", id, name: "look", input: {} });

/** The events of an answer around those of its blocks. */
function around(events: readonly object[], stopReason: string | null = "tool_use"): object[] {
  const [begin, ...end] = toAnswer([], stopReason ?? "");
  return [begin ?? {}, ...events, ...end];
}

describe("anthropic() tool calls", () => {
  it.each([
    ["that do not parse", '{"path": "a', "tool_use"],
    ["that are no object", "[1]", "tool_use"],
    ["that were cut off", '{"path": "a', "max_tokens"],
    ["of which nothing came before the cut", "", "max_tokens"],
    ["of which nothing came before a refusal", "", "refusal"],
  ])("never gives arguments %s as arguments", async (_name, text, reason) => {
    await using server = await serveEvents(around([start(0, call("t1")), json(0, text), stop(0)], reason));
    const { parts, finish } = await readAll(modelFor(server));
    const expected = { type: "tool-call", id: "t1", name: "look", args: undefined, invalidArgs: text };
    expect(finish.message.content).toEqual([expected]);
    expect(parts.filter((part) => part.type === "tool-call")).toEqual([{ type: "tool-call", call: expected }]);
  });

  it("gives each of two calls with one id its own", async () => {
    const [one, two] = [start(0, call("t1")), start(1, call("t1"))];
    await using server = await serveEvents(around([one, json(0, "{}"), stop(0), two, json(1, "{}"), stop(1)]));
    const { parts, finish } = await readAll(modelFor(server));
    const ids = finish.message.content.map((part) => (part.type === "tool-call" ? part.id : ""));
    expect([ids[0], new Set(ids).size]).toEqual(["t1", 2]);
    expect(parts.flatMap((part) => (part.type === "tool-call" ? [part.call.id] : []))).toEqual(ids);
  });

  it("puts parallel calls together by their index", async () => {
    await using server = await serveEvents(
      around([
        start(0, call("t1")),
        start(1, call("t2")),
        json(1, '{"b"'),
        json(0, '{"a":'),
        json(1, ":2}"),
        json(0, "1}"),
        stop(1),
        stop(0),
      ]),
    );
    const { parts, finish } = await readAll(modelFor(server));
    const [first, second] = [
      { type: "tool-call", id: "t1", name: "look", args: { a: 1 } },
      { type: "tool-call", id: "t2", name: "look", args: { b: 2 } },
    ];
    expect(finish).toMatchObject({ reason: "tool_use", message: { content: [first, second] } });
    expect(parts.flatMap((part) => (part.type === "tool-call" ? [part.call] : []))).toEqual([second, first]);
  });

  it("takes input that came with the begin, also in the first event, and keeps who called", async () => {
    const caller = { type: "code_execution_20250825", tool_id: "s1" };
    const events = around([start(0, { ...call("t2"), input: { b: 2 } }), stop(0)]);
    events[0] = { type: "message_start", message: { content: [{ ...call("t1"), input: { a: 1 }, caller }] } };
    await using server = await serveEvents(events);
    const { finish } = await readAll(modelFor(server));
    expect(finish.message.content).toEqual([
      { type: "tool-call", id: "t1", name: "look", args: { a: 1 }, providerData: { caller } },
      { type: "tool-call", id: "t2", name: "look", args: { b: 2 } },
    ]);
  });

  it("never gives no arguments for those of a call that did not come to its end", async () => {
    await using server = await serveEvents(around([start(0, call("t1")), start(1, call("t2")), stop(1)]));
    const { finish } = await readAll(modelFor(server));
    expect(finish.message.content).toMatchObject([
      { id: "t1", args: undefined, invalidArgs: "" },
      { id: "t2", args: {} },
    ]);
  });

  it.each([
    ["a call without a name", [start(0, { type: "tool_use", id: "t1", input: {} }), stop(0)]],
    ["a piece of a call that was told already", [start(0, call("t1")), json(0, "{}"), stop(0), json(0, '{"a":1}')]],
    ["an error without a type", [{ error: { message: "It broke" } }]],
  ])("refuses an answer with %s", async (_what, events) => {
    await using server = await serveEvents(around(events));
    await expect(readAll(modelFor(server))).rejects.toMatchObject({ code: "provider_error", isRetryable: true });
  });

  it.each([undefined, "", 7, "call_1"])("makes up an id where there is %j", async (id) => {
    const block = { type: "tool_use", name: "look", ...(id !== undefined && { id }) };
    await using server = await serveEvents(around([start(0, block), stop(0), start(1, block), stop(1)]));
    const { finish } = await readAll(modelFor(server));
    const ids = finish.message.content.map((part) => (part.type === "tool-call" ? part.id : ""));
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((made) => made.startsWith("call_"))).toBe(true);
  });

  it("makes up an id where there is none", async () => {
    const block = { type: "tool_use", name: "look" };
    await using server = await serveEvents(around([start(0, block), stop(0), start(1, block), stop(1)]));
    const { finish } = await readAll(modelFor(server));
    expect(finish.message.content).toMatchObject([{ id: "call_0" }, { id: "call_1" }]);
  });
});

describe("anthropic() parts of an answer", () => {
  it("keeps reasoning, signatures and redacted reasoning in their order", async () => {
    await using server = await serveEvents(
      around([
        start(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, { type: "thinking_delta", thinking: "I " }),
        delta(0, { type: "thinking_delta", thinking: "think" }),
        delta(0, { type: "signature_delta", signature: "sig" }),
        stop(0),
        start(1, { type: "redacted_thinking", data: "secret" }),
        stop(1),
        start(2, { type: "thinking", thinking: "", signature: "only" }),
        stop(2),
      ]),
    );
    const { parts, finish } = await readAll(modelFor(server));
    expect(finish.message.content).toEqual([
      { type: "reasoning", text: "I think", providerData: { signature: "sig" } },
      { type: "opaque", providerData: { type: "redacted_thinking", data: "secret" } },
      { type: "reasoning", text: "", providerData: { signature: "only" } },
    ]);
    expect(parts.flatMap((part) => (part.type === "reasoning-delta" ? [part.text] : []))).toEqual(["I ", "think"]);
  });

  it("keeps citations, server tools and blocks of next year for their vendor", async () => {
    const citation = { type: "char_location", cited_text: "x" };
    await using server = await serveEvents(
      around([
        start(0, { type: "server_tool_use", id: "s1", name: "web_search", input: {} }),
        json(0, '{"query":'),
        json(0, '"x"}'),
        stop(0),
        start(1, { type: "web_search_tool_result", tool_use_id: "s1", content: [{ url: "u" }] }),
        stop(1),
        start(2, { type: "text", text: "It " }),
        delta(2, { type: "citations_delta", citation }),
        delta(2, { type: "text_delta", text: "is" }),
        delta(2, { type: "delta_of_next_year", x: 1 }),
        stop(2),
        start(3, { type: "block_of_next_year", a: 1 }),
        delta(3, { type: "delta_of_next_year", b: 2 }),
        stop(3),
        { type: "event_of_next_year", index: 77 },
        start(4, { type: "text", text: "" }),
        stop(4),
      ]),
    );
    const { parts, finish } = await readAll(modelFor(server));
    expect(finish.message.content).toEqual([
      {
        type: "opaque",
        providerData: { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "x" } },
      },
      {
        type: "opaque",
        providerData: { type: "web_search_tool_result", tool_use_id: "s1", content: [{ url: "u" }] },
      },
      { type: "text", text: "It is", providerData: { citations: [citation] } },
      { type: "opaque", providerData: { type: "block_of_next_year", a: 1, b: 2 } },
    ]);
    expect(parts.flatMap((part) => (part.type === "text-delta" ? [part.text] : []))).toEqual(["It ", "is"]);
  });

  it.each([
    ["end_turn", "end_turn"],
    ["stop_sequence", "end_turn"],
    ["tool_use", "end_turn"],
    ["max_tokens", "max_tokens"],
    ["refusal", "refusal"],
    ["pause_turn", "pause_turn"],
    ["compaction", "pause_turn"],
    ["model_context_window_exceeded", "context_window"],
    ["reason_of_next_year", "other"],
  ])("reads the reason %s as %s", async (raw, reason) => {
    await using server = await serveEvents(toAnswer([{ type: "text", text: "x" }], raw));
    expect((await readAll(modelFor(server))).finish).toMatchObject({ reason, rawReason: raw });
  });

  it("says that tools are asked for when a natural end holds calls", async () => {
    await using server = await serveEvents(toAnswer([{ ...call("t1"), input: { a: 1 } }], "end_turn"));
    expect((await readAll(modelFor(server))).finish.reason).toBe("tool_use");
  });
});

describe("anthropic() usage", () => {
  it.each([
    ["nothing", undefined, undefined, undefined],
    [
      "the latest count of each kind",
      { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 1 },
      {
        input_tokens: null,
        cache_read_input_tokens: 200,
        output_tokens: 50,
        output_tokens_details: { thinking_tokens: 30 },
      },
      { input: 230, output: 50, cacheRead: 200, cacheWrite: 20, reasoning: 30 },
    ],
    [
      "the sum of all iterations",
      { input_tokens: 10, output_tokens: 1 },
      {
        input_tokens: 10,
        output_tokens: 5,
        iterations: [
          { type: "compaction", input_tokens: 1000, output_tokens: 100, cache_read_input_tokens: 7 },
          { type: "message", input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 3 },
        ],
      },
      { input: 1020, output: 105, cacheRead: 7, cacheWrite: 3, reasoning: 0 },
    ],
    [
      "no iterations in an empty list",
      { input_tokens: 10, output_tokens: 1 },
      { output_tokens: 5, iterations: [] },
      { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, reasoning: 0 },
    ],
    ["no nonsense", { input_tokens: "many", output_tokens: -1 }, { output_tokens: null }, undefined],
    ["no half of a usage", { output_tokens: 1 }, { output_tokens: 5 }, undefined],
    [
      "no cache of which nobody knows how much it was",
      { input_tokens: 1, cache_read_input_tokens: -1 },
      { output_tokens: 5 },
      undefined,
    ],
  ])("counts %s", async (_name, first, last, expected) => {
    const events = [
      { type: "message_start", message: { content: [], usage: first } },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: last },
      { type: "message_stop" },
    ];
    await using server = await serveEvents(events);
    expect((await readAll(modelFor(server))).finish.usage).toEqual(expected);
  });
});
