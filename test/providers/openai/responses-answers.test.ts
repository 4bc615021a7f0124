import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { openai } from "../../../src/providers/openai/index.ts";
import { collect, failure, replay, startServer, type Collected } from "./stream-server.ts";

type Fields = Record<string, unknown>;

const added = (output_index: number, item: Fields): Fields => ({
  type: "response.output_item.added",
  output_index,
  item,
});
const done = (output_index: number, item: Fields): Fields => ({
  type: "response.output_item.done",
  output_index,
  item,
});
const completed = (fields: Fields = {}): Fields => ({
  type: "response.completed",
  response: { status: "completed", output: [], ...fields },
});
const incomplete = (reason: string, output: Fields[] = []): Fields => ({
  type: "response.incomplete",
  response: { status: "incomplete", incomplete_details: { reason }, output },
});
const callItem = (n: number, args: string): Fields => ({
  type: "function_call",
  id: `fc_${n}`,
  call_id: `call_${n}`,
  name: "f",
  arguments: args,
});

async function answer(payloads: readonly object[]): Promise<Collected> {
  await using server = await startServer(replay(payloads));
  return await collect(openai({ model: "gpt-5", apiKey: "k", baseUrl: server.url }));
}

describe("answers of the Responses API", () => {
  it("give each of two calls with one id its own", async () => {
    const twin = { ...callItem(1, '{"b":2}'), call_id: "call_0" };
    const { parts, finish } = await answer([done(0, callItem(0, '{"a":1}')), done(1, twin), completed()]);
    const ids = finish.message.content.map((part) => (part.type === "tool-call" ? part.id : ""));
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toBe("call_0");
    expect(parts.flatMap((part) => (part.type === "tool-call" ? [part.call.id] : []))).toEqual(ids);
  });

  it("never give no arguments for those of a call that did not come to its end", async () => {
    const { finish } = await answer([added(0, callItem(0, "")), added(1, callItem(1, "")), completed()]);
    expect(finish.message.content).toMatchObject([
      { id: "call_0", args: undefined, invalidArgs: "" },
      { id: "call_1", args: undefined, invalidArgs: "" },
    ]);
  });

  it("keep texts apart by places of any size", async () => {
    const say = (content_index: number, delta: string): Fields => ({
      type: "response.output_text.delta",
      output_index: 0,
      content_index,
      delta,
    });
    // As places of a list these would be gone through one by one.
    const events = [say(4_294_967_294, "a"), say(0, "b"), say(-1, "c"), say(4_294_967_294, "d")];
    const { finish } = await answer([...events, completed()]);
    expect(finish.message.content).toMatchObject([{ text: "ad" }, { text: "b" }, { text: "c" }]);
  });

  it("are cut off when the event says so, whatever the response in it says", async () => {
    const { finish } = await answer([
      { type: "response.incomplete", response: { status: "completed", output: [callItem(0, "")] } },
    ]);
    expect(finish).toMatchObject({ reason: "other", message: { content: [{ invalidArgs: "" }] } });
  });

  it.each(["cancelled", "failed", "queued"])(
    "are not whole with the status %s, whatever event brings it",
    async (status) => {
      await expect(answer([completed({ status })])).rejects.toBeInstanceOf(ProviderError);
    },
  );

  it("hold parallel calls in the order of the output, each told when it is complete", async () => {
    const { parts, finish } = await answer([
      added(0, callItem(0, "")),
      added(1, callItem(1, "")),
      { type: "response.function_call_arguments.delta", output_index: 1, delta: '{"a":' },
      { type: "response.function_call_arguments.delta", output_index: 0, delta: '{"b":' },
      done(1, callItem(1, '{"a":1}')),
      { type: "response.output_text.delta", output_index: 2, delta: "x" },
      done(0, callItem(0, '{"b":2}')),
      done(2, { type: "message", id: "m", content: [{ type: "output_text", text: "x" }] }),
      completed(),
    ]);
    expect(parts.map((part) => part.type)).toEqual(["tool-call", "text-delta", "tool-call", "finish"]);
    expect(finish.message.content).toMatchObject([
      { id: "call_0", args: { b: 2 } },
      { id: "call_1", args: { a: 1 } },
      { text: "x" },
    ]);
    expect(finish.reason).toBe("tool_use");
  });

  it("hold an item that ended nowhere as it streamed, and one that never streamed as the end has it", async () => {
    const { text, finish } = await answer([
      { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "str" },
      { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "eamed" },
      completed({ output: [callItem(7, "{}")] }),
    ]);
    expect(text).toBe("streamed");
    expect(finish.message.content).toMatchObject([
      { type: "text", text: "streamed" },
      { type: "tool-call", id: "call_7", args: {} },
    ]);
  });

  it("show text that came without deltas", async () => {
    const item = { type: "message", id: "m", content: [{ type: "output_text", text: "at once" }] };
    expect((await answer([done(0, item), completed()])).text).toBe("at once");
    expect((await answer([{ type: "response.created" }, completed({ output: [item] })])).text).toBe("at once");
  });

  it("put a blank line between parts of a reasoning summary", async () => {
    const delta = (summary_index: number, text: string): Fields => ({
      type: "response.reasoning_summary_text.delta",
      output_index: 0,
      summary_index,
      delta: text,
    });
    const partAdded = (summary_index: number): Fields => ({
      type: "response.reasoning_summary_part.added",
      output_index: 0,
      summary_index,
    });
    const item = { type: "reasoning", id: "rs", encrypted_content: "secret", summary: [] };
    const { reasoning, finish } = await answer([
      added(0, item),
      partAdded(0),
      delta(0, "one"),
      partAdded(1),
      delta(1, "two"),
      done(0, item),
      completed(),
    ]);
    expect(reasoning).toBe("one\n\ntwo");
    expect(finish.message.content).toEqual([{ type: "reasoning", text: "one\n\ntwo", providerData: item }]);
  });

  it("are a refusal when the model refuses in its own words, which are shown", async () => {
    const item = { type: "message", id: "m", content: [{ type: "refusal", refusal: "I cannot." }] };
    const { text, finish } = await answer([
      added(0, { type: "message", id: "m", content: [] }),
      { type: "response.refusal.delta", output_index: 0, content_index: 0, delta: "I cannot." },
      done(0, item),
      completed(),
    ]);
    expect([text, finish.reason]).toEqual(["I cannot.", "refusal"]);
  });

  it.each([
    ["max_output_tokens", "max_tokens"],
    ["content_filter", "refusal"],
    ["something new", "other"],
  ])("are cut off by %s → %s", async (raw, reason) => {
    const item = { type: "message", id: "m", status: "incomplete", content: [{ type: "output_text", text: "sho" }] };
    const { finish, text } = await answer([
      { type: "response.output_text.delta", output_index: 0, delta: "sho" },
      done(0, item),
      incomplete(raw),
    ]);
    expect(finish).toMatchObject({ reason, rawReason: raw });
    expect(text).toBe("sho");
  });

  it.each([
    ["", "", ""],
    ['{"path":', '{"path":', '{"path":'],
  ])("have no valid arguments in a call that was cut off after %j", async (args, streamed, invalidArgs) => {
    const { finish } = await answer([
      added(0, callItem(0, "")),
      { type: "response.function_call_arguments.delta", output_index: 0, delta: streamed },
      incomplete("max_output_tokens", [{ ...callItem(0, args), status: "incomplete" }]),
    ]);
    expect(finish.reason).toBe("max_tokens");
    expect(finish.message.content).toMatchObject([{ type: "tool-call", args: undefined, invalidArgs }]);
  });

  it.each([
    [
      "failed with a reason",
      { type: "response.failed", response: { error: { code: "server_error", message: "sorry" } } },
      true,
    ],
    ["failed without a reason", { type: "response.failed", response: { error: null } }, true],
    [
      "failed for a bad prompt",
      { type: "response.failed", response: { error: { code: "invalid_prompt", message: "no" } } },
      false,
    ],
    [
      "failed for a policy",
      { type: "response.failed", response: { error: { code: "bio_policy", message: "no" } } },
      false,
    ],
    ["cancelled", { type: "response.cancelled", response: {} }, true],
    ["ended by a flat error event", { type: "error", code: "rate_limit_exceeded", message: "slow", param: null }, true],
    ["completed with an error", completed({ error: { code: "server_error", message: "sorry" } }), true],
  ])("throw a ProviderError when they were %s", async (_what, event, isRetryable) => {
    const error = await failure(answer([{ type: "response.created", response: { error: null } }, event]));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable });
  });

  it("throw a ProviderError for a call without a name", async () => {
    const error = await failure(
      answer([done(0, { type: "function_call", call_id: "c", arguments: "{}" }), completed()]),
    );
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable: true });
  });

  it("count cache and reasoning tokens as parts", async () => {
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 12 },
    };
    const { finish } = await answer([{ type: "response.created" }, completed({ usage })]);
    expect(finish.usage).toEqual({ input: 100, output: 20, cacheRead: 60, cacheWrite: 30, reasoning: 12 });
  });
});
