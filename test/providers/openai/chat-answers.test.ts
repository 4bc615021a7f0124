import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { openaiCompatible } from "../../../src/providers/openai-compatible/index.ts";
import type { ModelFinish } from "../../../src/spec/index.ts";
import { collect, failure, replay, startServer, type Collected } from "./stream-server.ts";

type Delta = Record<string, unknown>;

const say = (delta: Delta, finish_reason: string | null = null): object => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const call = (fields: Delta, name?: string, args?: string): Delta => ({
  tool_calls: [
    {
      ...fields,
      function: { ...(name === undefined ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) },
    },
  ],
});

async function answer(payloads: readonly (object | string)[]): Promise<Collected> {
  await using server = await startServer(replay(payloads));
  return await collect(openaiCompatible({ model: "m", baseUrl: server.url, provider: "p" }));
}

/** id, name and arguments of each call. */
const callsOf = ({ message }: ModelFinish): unknown[] =>
  message.content.flatMap((part) =>
    part.type === "tool-call" ? [[part.id, part.name, part.args ?? part.invalidArgs]] : [],
  );

async function callsIn(...deltas: readonly Delta[]): Promise<unknown[]> {
  const { finish } = await answer([...deltas.map((delta) => say(delta)), say({}, "tool_calls"), "[DONE]"]);
  expect(finish.reason).toBe("tool_use");
  return callsOf(finish);
}

describe("tool calls of Chat Completions", () => {
  it("are assembled by index when they are interleaved", async () => {
    const calls = await callsIn(
      call({ index: 0, id: "a" }, "read", '{"p'),
      call({ index: 1, id: "b" }, "write", '{"q'),
      call({ index: 0 }, undefined, '":1}'),
      call({ index: 1 }, undefined, '":2}'),
    );
    expect(calls).toEqual([
      ["a", "read", { p: 1 }],
      ["b", "write", { q: 2 }],
    ]);
  });

  it("are assembled by id where all have one index", async () => {
    const calls = await callsIn(
      call({ index: 0, id: "a" }, "read", '{"p'),
      call({ index: 0, id: "b" }, "write", '{"q'),
      call({ index: 0, id: "a" }, undefined, '":1}'),
      call({ index: 0, id: "b" }, undefined, '":2}'),
    );
    expect(calls).toEqual([
      ["a", "read", { p: 1 }],
      ["b", "write", { q: 2 }],
    ]);
  });

  it("are assembled by id where the index is missing", async () => {
    const calls = await callsIn(
      call({ id: "a" }, "read", '{"p'),
      call({ id: "b" }, "write", '{"q'),
      call({ id: "a" }, undefined, '":1}'),
      call({ id: "b" }, undefined, '":2}'),
    );
    expect(calls).toEqual([
      ["a", "read", { p: 1 }],
      ["b", "write", { q: 2 }],
    ]);
  });

  it("are kept apart where every one has index 0", async () => {
    const calls = await callsIn(
      call({ index: 0, id: "a" }, "read", '{"p":1}'),
      call({ index: 0, id: "b" }, "read", '{"p'),
      call({ index: 0 }, undefined, '":2}'),
    );
    expect(calls).toEqual([
      ["a", "read", { p: 1 }],
      ["b", "read", { p: 2 }],
    ]);
  });

  it("get ids that are the same each time where the server gives none", async () => {
    const deltas = [
      call({ index: 0 }, "read", '{"p":1}'),
      call({ index: 0 }, "read", '{"p":2}'),
      call({ index: 0 }, "write", "{}"),
    ];
    const calls = await callsIn(...deltas);
    expect(calls).toEqual([
      ["call_0", "read", { p: 1 }],
      ["call_1", "read", { p: 2 }],
      ["call_2", "write", {}],
    ]);
    expect(await callsIn(...deltas)).toEqual(calls);
  });

  it("never share an id within one answer", async () => {
    const calls = await callsIn(
      call({ index: 0, id: "call_1" }, "a", "{}"),
      call({ index: 1, id: "call_1" }, "b", "{}"),
    );
    expect(new Set(calls.map((entry) => (entry as unknown[])[0])).size).toBe(2);
  });

  it.each([
    [
      "in pieces",
      [call({ index: 0, id: "a" }, "get_"), call({ index: 0 }, "weather"), call({ index: 0 }, undefined, "{}")],
    ],
    ["twice", [call({ index: 0, id: "a" }, "get_weather"), call({ index: 0, id: "a" }, "get_weather", "{}")]],
    [
      "with every piece of the arguments",
      [call({ index: 0, id: "a" }, "get_weather", "{"), call({ index: 0 }, "get_weather", "}")],
    ],
    ["grown", [call({ index: 0, id: "a" }, "get_"), call({ index: 0 }, "get_weather", "{}")]],
    [
      "empty later, under another id",
      [call({ index: 0, id: "a" }, "get_weather", "{"), call({ index: 0, id: "z" }, "", "}")],
    ],
  ])("keep a name that comes %s", async (_how, deltas) => {
    expect(await callsIn(...deltas)).toEqual([["a", "get_weather", {}]]);
  });

  it.each([
    ["nothing", undefined, {}],
    ["white space", " \n", {}],
    ["broken JSON", '{"a":', '{"a":'],
    ["a list", "[1]", "[1]"],
    ["a text", '"x"', '"x"'],
    ["null", "null", "null"],
  ])("have as arguments of %s what can be made of it", async (_what, args, expected) => {
    expect(await callsIn(call({ index: 0, id: "a" }, "f", args))).toEqual([["a", "f", expected]]);
  });

  it("take arguments that come as an object", async () => {
    const delta = { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: { x: [1] } } }] };
    expect(await callsIn(delta)).toEqual([["a", "f", { x: [1] }]]);
  });

  it("are read from function_call, the older form", async () => {
    const { finish } = await answer([
      say({ function_call: { name: "f", arguments: '{"a"' } }),
      say({ function_call: { arguments: ":1}" } }),
      say({}, "function_call"),
    ]);
    expect(callsOf(finish)).toEqual([["call_0", "f", { a: 1 }]]);
    expect(finish.reason).toBe("tool_use");
  });

  it("have no valid arguments when the answer was cut before they came", async () => {
    const { finish } = await answer([say(call({ index: 0, id: "a" }, "delete_all")), say({}, "length")]);
    expect(finish.reason).toBe("max_tokens");
    expect(finish.message.content).toEqual([
      { type: "tool-call", id: "a", name: "delete_all", args: undefined, invalidArgs: "" },
    ]);
  });

  it.each([
    ["announced calls did not come", [say({ content: "x" }), say({}, "tool_calls")]],
    ["a call has no name", [say(call({ index: 0, id: "a" }, undefined, "{}")), say({}, "tool_calls")]],
  ])("break the answer off when %s", async (_what, payloads) => {
    const error = await failure(answer(payloads));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable: true });
  });
});

describe("the end of a Chat Completions answer", () => {
  it.each([
    ["stop", "end_turn"],
    ["eos", "end_turn"],
    ["length", "max_tokens"],
    ["model_length", "context_window"],
    ["content_filter", "refusal"],
    ["something new", "other"],
  ])("is %s → %s", async (raw, reason) => {
    const { finish } = await answer([say({ content: "x" }), say({}, raw), "[DONE]"]);
    expect(finish).toMatchObject({ reason, rawReason: raw });
  });

  it("is tool_use when the vendor says stop and there are calls", async () => {
    const { finish } = await answer([say(call({ index: 0, id: "a" }, "f", "{}"), "stop")]);
    expect(finish).toMatchObject({ reason: "tool_use", rawReason: "stop" });
  });

  it.each(["error", "insufficient_system_resource", "abort"])("is a retryable error for %s", async (raw) => {
    const error = await failure(answer([say({ content: "x" }), say({}, raw), "[DONE]"]));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable: true });
  });

  it("may lack [DONE] after a finish_reason", async () => {
    const { text, finish } = await answer([say({ content: "whole" }), say({}, "stop")]);
    expect([text, finish.reason]).toEqual(["whole", "end_turn"]);
  });

  it("is a refusal when the model refuses in its own words, which are shown", async () => {
    const { text, finish } = await answer([say({ refusal: "I can" }), say({ refusal: "not." }), say({}, "stop")]);
    expect([text, finish.reason]).toEqual(["I cannot.", "refusal"]);
  });

  it.each([
    ["a number of a status", { code: 502, message: "upstream" }, true, 502],
    ["a word", "overloaded", true, undefined],
  ])("is an error for an error chunk that holds %s", async (_what, error, isRetryable, status) => {
    const thrown = await failure(
      answer([say({ content: "x" }), { error, choices: [{ delta: {}, finish_reason: "error" }] }]),
    );
    expect(thrown).toBeInstanceOf(ProviderError);
    expect(thrown).toMatchObject({ isRetryable, status });
  });
});

describe("content of Chat Completions", () => {
  it("keeps the order of reasoning, text and calls", async () => {
    const { finish, reasoning, text } = await answer([
      say({ reasoning: "think", content: "" }),
      say({ content: "say " }),
      say({ content: "more" }),
      say(call({ index: 0, id: "a" }, "f", "{}")),
      say({ reasoning_content: "again", reasoning: "again" }),
      say({}, "stop"),
    ]);
    expect(finish.message.content.map((part) => part.type)).toEqual(["reasoning", "text", "tool-call", "reasoning"]);
    expect([reasoning, text]).toEqual(["thinkagain", "say more"]);
  });

  it("reads a list of thinking and text, as Mistral sends it", async () => {
    const { reasoning, text } = await answer([
      say({ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }),
      say({ content: [{ type: "text", text: "yes" }] }),
      say({}, "stop"),
    ]);
    expect([reasoning, text]).toEqual(["hm", "yes"]);
  });

  it("reads choice 0 and passes over what it does not know", async () => {
    const { text } = await answer([
      { choices: [], prompt_filter_results: [] },
      {
        choices: [
          { index: 1, delta: { content: "other" } },
          { index: 0, delta: { content: "mine", audio: {} } },
        ],
      },
      { choices: null },
      say({}, "stop"),
    ]);
    expect(text).toBe("mine");
  });
});

describe("usage of Chat Completions", () => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

  it.each([
    ["a chunk of its own after the end", [say({ content: "x" }), say({}, "stop"), { choices: [], usage }]],
    ["the last choice", [say({ content: "x" }), { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage }]],
    ["x_groq", [say({ content: "x" }), say({}, "stop"), { choices: [], x_groq: { usage } }]],
    [
      "every chunk",
      [
        { ...say({ content: "x" }), usage: { prompt_tokens: 10, completion_tokens: 1 } },
        { ...say({}, "stop"), usage },
      ],
    ],
  ])("is taken from %s", async (_where, payloads) => {
    const { finish } = await answer(payloads);
    expect(finish.usage).toEqual({ input: 10, output: 5, cacheRead: 0, cacheWrite: 0, reasoning: 0 });
  });

  it("counts reasoning into the output where the server does not", async () => {
    const { finish } = await answer([
      say({}, "stop"),
      {
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 22,
          completion_tokens_details: { reasoning_tokens: 7 },
        },
      },
    ]);
    expect(finish.usage).toMatchObject({ output: 12, reasoning: 7 });
  });

  it("is undefined when nothing was told", async () => {
    const { finish } = await answer([say({ content: "x" }), say({}, "stop")]);
    expect(finish.usage).toBeUndefined();
  });
});
