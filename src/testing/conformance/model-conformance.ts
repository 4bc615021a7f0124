import assert from "node:assert/strict";

import type { Model, ModelFinish, ModelRequest, ModelStreamPart, Usage } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { deepFreeze } from "./deep-freeze.ts";

/** What the suite needs to know of the model under test. */
export interface ModelConformanceOptions {
  /** The text that every model that `open` gives answers with: in at least two deltas, so that an abort finds it at work. */
  readonly text: string;
  /** Gives a model whose answer asks for a tool. @default that rule is left out */
  readonly openToolCall?: () => Model | Promise<Model>;
  /** How many connections are open now. @default that rule is left out */
  readonly countConnections?: () => number | Promise<number>;
}

/** What a model promises, whoever serves it. `open` gives a new model for each case. */
export function modelConformance(
  open: () => Model | Promise<Model>,
  { text, openToolCall, countConnections }: ModelConformanceOptions,
): readonly ConformanceCase[] {
  return [
    {
      name: "stream() ends with the one finish, whose message holds the text of the deltas",
      run: async () => checkAnswer(await read(await open()), text),
    },
    {
      name: "stream() tells usage whose parts fit into it, or none",
      run: async () => checkUsage(finishOf(await read(await open())).usage),
    },
    {
      name: "stream() rejects with signal.reason when it was aborted before",
      run: async () => checkAborted(await open()),
    },
    {
      name: "stream() rejects with signal.reason when it is aborted at work",
      run: async () => checkAbort(await open()),
    },
    {
      name: "stream() lets a reader go that leaves early, and closes the connection",
      run: async () => checkLeaving(await open(), countConnections),
    },
    ...(openToolCall === undefined
      ? []
      : [
          {
            name: "stream() gives the tool calls of the message",
            run: async () => checkToolCalls(await openToolCall()),
          },
        ]),
  ];
}

// Entries of a history are frozen and shared: an adapter that writes into one fails here.
const REQUEST: ModelRequest = deepFreeze({
  system: "Answer in one sentence.",
  messages: [{ role: "user", content: [{ type: "text", text: "Say hello." }] }],
  tools: [
    {
      name: "Read",
      description: "Reads a file",
      inputSchema: { type: "object", properties: { path: { type: "string" } } },
    },
  ],
});

async function read(model: Model): Promise<readonly ModelStreamPart[]> {
  const parts: ModelStreamPart[] = [];
  for await (const part of model.stream(REQUEST, { signal: new AbortController().signal })) parts.push(part);
  return parts;
}

function finishOf(parts: readonly ModelStreamPart[]): ModelFinish {
  const last = parts.at(-1);
  assert(last?.type === "finish", `the last part must be "finish", it is ${JSON.stringify(last?.type)}`);
  return last;
}

function checkAnswer(parts: readonly ModelStreamPart[], expected: string): void {
  const { message } = finishOf(parts);
  assert.equal(parts.filter(({ type }) => type === "finish").length, 1, "there must be one finish");
  const deltas = parts.flatMap((part) => (part.type === "text-delta" ? [part.text] : []));
  const texts = message.content.flatMap((part) => (part.type === "text" ? [part.text] : []));
  assert.equal(deltas.join(""), expected, "the deltas together must be the text");
  assert.equal(texts.join(""), expected, "the message must hold the text");
  assert.equal(message.role, "assistant");
  assert(message.model.provider !== "" && message.model.id !== "", "the message must name the model that wrote it");
}

function checkUsage(usage: Usage | undefined): void {
  if (usage === undefined) return;
  const { input, output, cacheRead, cacheWrite, reasoning } = usage;
  for (const count of [input, output, cacheRead, cacheWrite, reasoning]) {
    assert(
      Number.isSafeInteger(count) && count >= 0,
      `tokens are whole numbers from 0 on, got ${JSON.stringify(usage)}`,
    );
  }
  assert(cacheRead + cacheWrite <= input, "cacheRead and cacheWrite are parts of input");
  assert(reasoning <= output, "reasoning is a part of output");
}

async function checkAborted(model: Model): Promise<void> {
  const reason = { why: "aborted before" };
  const parts: ModelStreamPart[] = [];
  const error = await failureOf(async () => {
    for await (const part of model.stream(REQUEST, { signal: AbortSignal.abort(reason) })) parts.push(part);
  });
  assert.equal(error, reason, "an abort must reject with signal.reason itself");
  // A router may say first which model it chose.
  const answer = parts.filter(({ type }) => ["text-delta", "reasoning-delta", "tool-call", "finish"].includes(type));
  assert.deepEqual(answer, [], "no answer may come from a call that was aborted before it began");
}

async function checkAbort(model: Model): Promise<void> {
  const controller = new AbortController();
  const reason = { why: "aborted at work" };
  let wasAborted = false;
  const error = await failureOf(async () => {
    for await (const part of model.stream(REQUEST, { signal: controller.signal })) {
      if (part.type !== "text-delta") continue;
      wasAborted = true;
      controller.abort(reason);
    }
  });
  assert(wasAborted, "the model gave no text");
  assert.equal(error, reason, "an abort must reject with signal.reason itself");
}

async function checkLeaving(model: Model, count: ModelConformanceOptions["countConnections"]): Promise<void> {
  let hasText = false;
  for await (const part of model.stream(REQUEST, { signal: new AbortController().signal })) {
    hasText = part.type === "text-delta";
    if (hasText) break;
  }
  assert(hasText, "the model gave no text");
  if (count === undefined) return;
  // The other side learns of the end a little later.
  for (let looks = 0; (await count()) > 0; looks += 1) {
    assert(looks < 500, "leaving early must close the connection");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function checkToolCalls(model: Model): Promise<void> {
  const parts = await read(model);
  const { message } = finishOf(parts);
  const streamed = parts.flatMap((part) => (part.type === "tool-call" ? [part.call] : []));
  assert(streamed.length > 0, 'a tool call must come as a part of type "tool-call"');
  assert.deepEqual(
    message.content.filter(({ type }) => type === "tool-call"),
    streamed,
    "the calls of the stream must stand in the message",
  );
}

/** What `work` threw; fails when it did not throw. */
async function failureOf(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return assert.fail("the stream ended as if nothing had happened");
}
