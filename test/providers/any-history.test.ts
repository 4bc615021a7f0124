import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ProviderError } from "../../src/errors/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import type { AssistantPart, ContentPart, JsonValue, Model, ModelMessage, ToolCallPart } from "../../src/spec/index.ts";
import { protocols } from "./streams.ts";

type Body = Record<string, unknown>;

/** What a model sends for a history; the server refuses everything. */
async function bodyOf(toModel: (fetch: typeof globalThis.fetch) => Model, messages: readonly ModelMessage[]) {
  let sent: string | undefined;
  const refuse: typeof globalThis.fetch = async (input, init) => {
    sent = await new Request(input, { ...init, duplex: "half" } as RequestInit).text();
    return new Response(JSON.stringify({ error: { message: "no", type: "invalid_request_error" } }), { status: 400 });
  };
  const stream = toModel(refuse).stream({ messages, tools: [] }, { signal: new AbortController().signal });
  const error: unknown = await stream[Symbol.asyncIterator]()
    .next()
    .catch((caught: unknown) => caught);
  if (!ProviderError.isInstance(error)) throw error as Error;
  // Whatever stands in these histories can be said to every vendor.
  if (sent === undefined) throw error;
  expect(sent.isWellFormed() && !/(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/.test(sent)).toBe(true);
  return JSON.parse(sent) as Body;
}

const PNG = "iVBORw0KGgo=";
const words = fc.constantFrom("", " ", "\n", "hello", "é😀", "half \ud83d", 'a "quoted" \\ text', "\u0000");
const text = words.map((value): ContentPart => ({ type: "text", text: value }));
const image = fc.constant<ContentPart>({ type: "image", data: PNG, mediaType: "image/png" });
const owners = fc.constantFrom(
  { provider: "anthropic", id: "m" },
  { provider: "anthropic", id: "another" },
  { provider: "openai", id: "gpt-5" },
  { provider: "google", id: "gemini-3-pro" },
  { provider: "ollama", id: "m" },
  { provider: "own.chat", id: "m" },
  { provider: "scripted", id: "s" },
);
const data = fc.constantFrom<JsonValue | undefined>(
  undefined,
  null,
  "text",
  7,
  [],
  {},
  { signature: "sig" },
  { id: "msg_1", phase: "final" },
  { type: "reasoning", id: "rs_1", encrypted_content: "secret", summary: [] },
  { text: "own", thoughtSignature: "sig" },
  { reasoning_details: [{ type: "reasoning.text", text: "x" }] },
);
const withData = <Part extends object>(part: Part, providerData: JsonValue | undefined): Part =>
  providerData === undefined ? part : { ...part, providerData };
const said = fc
  .tuple(fc.constantFrom("text", "reasoning"), words, data)
  .map(([type, value, given]): AssistantPart => withData({ type, text: value } as AssistantPart, given));
const ids = fc.constantFrom("call_0", "call_1", "toolu_1:odd/ü", "x".repeat(90), "abcDEF123", " ");
const call = fc
  .tuple(ids, fc.constantFrom("Read", "Bash"), fc.constantFrom<JsonValue | undefined>({}, { a: "é" }, undefined))
  .map(([id, name, args]): ToolCallPart =>
    args === undefined
      ? { type: "tool-call", id, name, args, invalidArgs: '{"a":' }
      : { type: "tool-call", id, name, args },
  );
const result = fc.tuple(fc.oneof(words, fc.array(fc.oneof(text, image), { maxLength: 3 })), fc.boolean());

/** An answer with what follows on it: results for some of its calls, and perhaps a question. */
const exchange = fc
  .record({
    question: fc.array(fc.oneof(text, image), { maxLength: 3 }),
    model: owners,
    content: fc.array(said, { maxLength: 3 }),
    calls: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }),
    results: fc.array(result, { minLength: 3, maxLength: 3 }),
    answered: fc.nat({ max: 3 }),
  })
  .map(({ question, model, content, calls, results, answered }): readonly ModelMessage[] => {
    const given = calls.slice(0, answered).map(({ id, name }, at) => {
      const [value = "", isError = false] = results[at] ?? [];
      return { type: "tool-result", toolCallId: id, name, content: value, isError } as const;
    });
    return [
      { role: "user", content: question },
      { role: "assistant", model, content: [...content, ...calls] },
      ...(given.length > 0 ? [{ role: "tool", content: given } as const] : []),
    ];
  });
const history = fc
  .array(exchange, { minLength: 1, maxLength: 4 })
  .map((exchanges): readonly ModelMessage[] => [
    { role: "user", content: [{ type: "text", text: "Begin" }] },
    ...exchanges.flat(),
    { role: "user", content: [{ type: "text", text: "Go on" }] },
  ]);

const list = (value: unknown): readonly Body[] => (Array.isArray(value) ? (value as Body[]) : []);
const idOf = (value: unknown): string => String(value);

/** Calls and what answers them, in the order of a body, as each protocol writes them. */
interface Turns {
  /** Ids or names of the calls of one answer, and of what follows on it at once. */
  readonly asked: readonly string[];
  readonly answered: readonly string[];
}

function anthropicTurns(body: Body): readonly Turns[] {
  const messages = list(body["messages"]);
  for (const [at, { role, content }] of messages.entries()) {
    // Turn by turn, with something in each, and no text of blanks alone: the API refuses all of these.
    expect(role).toBe(at % 2 === 0 ? "user" : "assistant");
    expect(list(content)).not.toEqual([]);
    for (const block of list(content)) if (block["type"] === "text") expect(String(block["text"]).trim()).not.toBe("");
  }
  const typed = (at: number, type: string, key: string): string[] =>
    list(messages[at]?.["content"]).flatMap((block) => (block["type"] === type ? [idOf(block[key])] : []));
  return messages.map((_message, at) => ({
    asked: typed(at, "tool_use", "id"),
    answered: typed(at + 1, "tool_result", "tool_use_id"),
  }));
}

function chatTurns(body: Body): readonly Turns[] {
  const messages = list(body["messages"]);
  return messages.flatMap((message, at) => {
    if (message["role"] !== "assistant") return [];
    const after = messages.slice(at + 1);
    const end = after.findIndex(({ role }) => role !== "tool");
    const answered = after.slice(0, end === -1 ? undefined : end).map((answer) => idOf(answer["tool_call_id"]));
    return [{ asked: list(message["tool_calls"]).map(({ id }) => idOf(id)), answered }];
  });
}

function responsesTurns(body: Body): readonly Turns[] {
  const items = list(body["input"]);
  const typed = (type: string): string[] =>
    items.flatMap((item) => (item["type"] === type ? [idOf(item["call_id"])] : []));
  return [{ asked: typed("function_call"), answered: typed("function_call_output") }];
}

function googleTurns(body: Body): readonly Turns[] {
  const contents = list(body["contents"]);
  const named = (at: number, key: string): string[] =>
    list(contents[at]?.["parts"]).flatMap((part) =>
      part[key] === undefined ? [] : [idOf((part[key] as Body)["name"])],
    );
  for (const { parts } of contents) expect(list(parts)).not.toEqual([]);
  return contents.map((_content, at) => ({
    asked: named(at, "functionCall"),
    answered: named(at + 1, "functionResponse"),
  }));
}

const KEY = { apiKey: "k", env: {} };
const makerOf = (name: string) => {
  const found = protocols.find((protocol) => protocol.name === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found.toModel;
};

describe("any history", () => {
  it.each([
    ["anthropic()", makerOf("anthropic()"), anthropicTurns, /^[a-zA-Z0-9_-]+$/],
    ["openai()", makerOf("openai()"), responsesTurns, /^[a-zA-Z0-9_-]{1,64}$/],
    ["openai() with api chat", makerOf("openai() with api chat"), chatTurns, /^[a-zA-Z0-9_-]{1,64}$/],
    [
      "a preset for Mistral",
      (fetch: typeof globalThis.fetch) => openaiCompatible({ preset: "mistral", model: "m", ...KEY, fetch }),
      chatTurns,
      /^[a-zA-Z0-9]{9}$/,
    ],
    ["google()", makerOf("google()"), googleTurns, /./],
  ] as const)("goes to %s with each call answered once, at once", async (_name, toModel, turnsOf, form) => {
    await fc.assert(
      fc.asyncProperty(history, async (messages) => {
        const turns = turnsOf(await bodyOf(toModel, messages));
        for (const { asked, answered } of turns) {
          expect(answered.toSorted()).toEqual(asked.toSorted());
          for (const id of asked) expect(id).toMatch(form);
        }
        const calls = messages.flatMap(({ role, content }) =>
          role === "assistant" ? content.filter(({ type }) => type === "tool-call") : [],
        );
        expect(turns.flatMap(({ asked }) => asked)).toHaveLength(calls.length);
      }),
      { numRuns: 150, seed: 20_261_126 },
    );
  });

  it.each(["aiSdk()", "ollama()"])("goes to %s", async (name) => {
    await fc.assert(
      fc.asyncProperty(history, async (messages) => {
        expect(list((await bodyOf(makerOf(name), messages))["messages"]).length).toBeGreaterThan(0);
      }),
      { numRuns: 100, seed: 20_261_126 },
    );
  });
});
