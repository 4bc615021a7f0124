import { afterAll, beforeAll, describe, it } from "vitest";

import { Router } from "../../src/router/index.ts";
import type { Model, ModelFinish, ModelStreamPart } from "../../src/spec/index.ts";
import { modelConformance, scriptedModel } from "../../src/testing/index.ts";
import { openServer, type LoopbackServer } from "../net/loopback-server.ts";
import { END, line, modelFor, sendLines } from "../providers/ollama/ndjson.ts";
import { expectConforming, expectFaultsFound } from "./run-cases.ts";

const text = "Hello, I am here.";
const toolCalls = [{ name: "Read", args: { path: "a" } }];
const openToolCall = () => scriptedModel([{ text, toolCalls }]);

expectConforming(
  "scriptedModel()",
  modelConformance(() => scriptedModel([text]), { text, openToolCall }),
);
expectConforming(
  "Router",
  modelConformance(() => new Router({ models: [scriptedModel([text])] }), {
    text,
    openToolCall: () => new Router({ models: [openToolCall()] }),
  }),
);

describe("ollama() over HTTP", () => {
  let server: LoopbackServer;
  const open = { answers: 0 };
  beforeAll(async () => {
    server = await openServer(async (response) => {
      open.answers += 1;
      response.once("close", () => (open.answers -= 1));
      await sendLines(response, [line({ content: "Hello, " })]);
      // Long enough that a reader leaves or aborts while the answer is still coming.
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (response.destroyed) return;
      response.write(`${JSON.stringify(line({ content: "I am here." }))}\n`);
      response.end(`${JSON.stringify(END)}\n`);
    });
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  expectConforming(
    "ollama()",
    modelConformance(() => modelFor(server.url), { text, countConnections: () => open.answers }),
  );
});

/** A model that answers as it should, with its parts changed. */
function changed(change: (parts: readonly ModelStreamPart[]) => readonly ModelStreamPart[], inner: Model): Model {
  return {
    provider: "broken",
    id: "broken",
    async *stream(request, options) {
      options.signal.throwIfAborted();
      const parts: ModelStreamPart[] = [];
      for await (const part of inner.stream(request, options)) parts.push(part);
      for (const part of change(parts)) {
        options.signal.throwIfAborted();
        yield part;
      }
    },
  };
}

function changedFinish(change: (finish: ModelFinish) => ModelFinish): Model {
  return changed((parts) => parts.map((part) => (part.type === "finish" ? change(part) : part)), scriptedModel([text]));
}

/** Gives everything, whatever the signal says. */
function deaf(): Model {
  const { stream } = scriptedModel([text]);
  return {
    provider: "broken",
    id: "broken",
    stream: (request) => stream(request, { signal: new AbortController().signal }),
  };
}

describe("modelConformance()", () => {
  const suite = (open: () => Model) => modelConformance(open, { text, openToolCall });

  it("finds every fault", async () => {
    await expectFaultsFound({
      "no finish": suite(() => changed((parts) => parts.slice(0, -1), scriptedModel([text]))),
      "two finishes": suite(() => changed((parts) => [...parts, ...parts.slice(-1)], scriptedModel([text]))),
      "text missing": suite(() => changed((parts) => parts.slice(1), scriptedModel([text]))),
      "message without text": suite(() =>
        changedFinish((finish) => ({ ...finish, message: { ...finish.message, content: [] } })),
      ),
      "usage that does not fit": suite(() =>
        changedFinish((finish) => ({
          ...finish,
          usage: { input: 1, output: 0, cacheRead: 5, cacheWrite: 0, reasoning: 0 },
        })),
      ),
      "deaf to the signal": suite(deaf),
      "reason wrapped": suite(() => ({
        provider: "broken",
        id: "broken",
        async *stream() {
          yield { type: "text-delta", text: "a" } as const;
          throw new Error("aborted");
        },
      })),
      "writes into the request": suite(() => ({
        ...deaf(),
        stream: (request, options) => {
          (request.messages as unknown[]).push("mine");
          return scriptedModel([text]).stream(request, options);
        },
      })),
      "throws when left": modelConformance(
        () => ({
          provider: "broken",
          id: "broken",
          async *stream(request, options) {
            try {
              yield* scriptedModel([text]).stream(request, options);
            } finally {
              // oxlint-disable-next-line no-unsafe-finally -- the fault under test
              throw new Error("left");
            }
          },
        }),
        { text },
      ),
      "calls not streamed": modelConformance(() => scriptedModel([text]), {
        text,
        openToolCall: () => changed((parts) => parts.filter(({ type }) => type !== "tool-call"), openToolCall()),
      }),
    });
  });

  it("finds a connection that stays open", async () => {
    const cases = modelConformance(() => scriptedModel([text]), { text, countConnections: () => 1 });
    await expectFaultsFound({ "stays open": cases.filter(({ name }) => name.includes("leaves early")) });
  });
});
