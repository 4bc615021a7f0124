import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { findDeadUrl } from "../../net/loopback-server.ts";
import { collect, failure, helloRequest, startServer, type Answer } from "../openai/stream-server.ts";
import { END, HI, line, modelFor, replayLines, sendLines } from "./ndjson.ts";

async function fail(answer: Answer): Promise<unknown> {
  await using server = await startServer(answer);
  const error = await failure(collect(modelFor(server.url)));
  expect(server.requests).toHaveLength(1);
  return error;
}

const broken: readonly (readonly [string, Answer])[] = [
  ["ends without done", replayLines([HI])],
  ["holds no lines", replayLines([])],
  ["holds empty lines only", replayLines(["", " "])],
  ["holds malformed JSON", replayLines([HI, '{"message": {', END])],
  ["holds JSON that is no object", replayLines([HI, "[1]", END])],
  ["is a page of a proxy", (response) => void response.writeHead(200).end("<html>Sign in</html>")],
  ["holds a call without a name", replayLines([line({ tool_calls: [{ function: {} }] }), END])],
  [
    "is cut in the middle of a line",
    (response) => void response.writeHead(200).end(`${JSON.stringify(HI)}\n${JSON.stringify(END).slice(0, -9)}`),
  ],
  [
    "breaks off with its connection",
    async (response) => {
      await sendLines(response, [HI]);
      response.write("{", () => response.socket?.destroy());
    },
  ],
  ["never begins", (response) => void response.socket?.destroy()],
];

/** Sends the begin of an answer and leaves it open. */
const open: Answer = (response) => sendLines(response, [HI]);

describe("ollama()", () => {
  it.each(broken)("throws a retryable ProviderError when the stream %s", async (_what, answer) => {
    const printed = vi.spyOn(console, "warn").mockImplementation(() => {});
    const error = await fail(answer);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ isRetryable: true, provider: "ollama", status: undefined });
    expect(printed).not.toHaveBeenCalled();
  });

  it("throws a ProviderError for an error in the middle of an answer", async () => {
    const error = await fail(replayLines([HI, { error: "an error was encountered while running the model" }]));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ message: "an error was encountered while running the model", isRetryable: true });
  });

  it.each([
    [400, {}, false, undefined],
    [401, {}, false, undefined],
    [429, { "retry-after": "7" }, true, 7000],
    [500, {}, true, undefined],
    [503, { "retry-after": "1" }, true, 1000],
  ])(
    "makes status %i with %j a ProviderError and prints nothing",
    async (status, headers, isRetryable, retryAfterMs) => {
      const printed = vi.spyOn(console, "log").mockImplementation(() => {});
      const error = await fail((response) => {
        response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
        response.end(JSON.stringify({ error: "the server's words" }));
      });
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ status, isRetryable, retryAfterMs, message: "the server's words" });
      expect(await fail((response) => void response.writeHead(502).end("a page"))).toMatchObject({ message: "a page" });
      expect(printed).not.toHaveBeenCalled();
    },
  );

  it("says how to get a model that the server does not have", async () => {
    const error = await fail((response) => {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: "model 'qwen3' not found" }));
    });
    expect(error).toMatchObject({ status: 404, isRetryable: false });
    expect((error as Error).message).toBe("model 'qwen3' not found; to get the model: ollama pull qwen3");
  });

  it("throws a retryable ProviderError when no server is there", async () => {
    const error = await failure(collect(modelFor(await findDeadUrl())));
    expect(error).toMatchObject({ code: "provider_error", isRetryable: true });
    expect((error as Error).message).toContain("ECONNREFUSED");
  });

  it.each(["ftp://host", "http://", "http://user:secret@host"])("refuses the address %s", async (baseUrl) => {
    const error = await failure(collect(modelFor(baseUrl)));
    expect(error).toMatchObject({ code: "provider_error", isRetryable: false });
    expect((error as Error).message).not.toContain("secret");
  });

  it("does not follow a redirect", async () => {
    await using other = await startServer(replayLines([HI, END]));
    const error = await fail((response) => void response.writeHead(307, { location: other.url }).end());
    expect(error).toMatchObject({ status: 307, isRetryable: false });
    expect(other.requests).toHaveLength(0);
  });

  it("throws the reason of a signal that is aborted before the call, and sends nothing", async () => {
    await using server = await startServer(replayLines([HI, END]));
    const reason = { own: "reason" };
    const error = await failure(collect(modelFor(server.url), helloRequest, { signal: AbortSignal.abort(reason) }));
    expect(error).toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  it("throws the reason of a signal that is aborted before the answer begins, and hangs up", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let cut = Promise.resolve();
    await using server = await startServer((_response, request) => {
      cut = request.cut;
      controller.abort(reason);
    });
    const { signal } = controller;
    expect(await failure(collect(modelFor(server.url), helloRequest, { signal }))).toBe(reason);
    await cut;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("throws the reason of a signal that is aborted during the answer, and hangs up", async () => {
    await using server = await startServer(open);
    const controller = new AbortController();
    const reason = new Error("enough");
    const { signal } = controller;
    const read = async (): Promise<void> => {
      for await (const _part of modelFor(server.url).stream(helloRequest, { signal })) controller.abort(reason);
    };
    expect(await failure(read())).toBe(reason);
    await server.requests[0]?.cut;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("hangs up when the reader leaves, and leaves another answer of the same model alone", async () => {
    const both: (() => void)[] = [];
    await using server = await startServer(async (response) => {
      await sendLines(response, [HI]);
      both.push(() => response.end(`${JSON.stringify(END)}\n`));
    });
    const model = modelFor(server.url);
    const { signal } = new AbortController();
    const other = model.stream(helloRequest, { signal })[Symbol.asyncIterator]();
    expect(await other.next()).toMatchObject({ value: { text: "hi" } });
    for await (const _part of model.stream(helloRequest, { signal })) break;
    await server.requests[1]?.cut;
    both[0]?.();
    expect(await other.next()).toMatchObject({ value: { type: "ping" } });
    expect(await other.next()).toMatchObject({ value: { type: "finish", reason: "end_turn" } });
    expect(await other.next()).toMatchObject({ done: true });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("gives a whole answer whose stream the server leaves open, and hangs up", async () => {
    await using server = await startServer((response) => sendLines(response, [HI, END]));
    expect((await collect(modelFor(server.url))).text).toBe("hi");
    await server.requests[0]?.cut;
  });

  it("uses a connection again", async () => {
    await using server = await startServer(replayLines([HI, END]));
    const model = modelFor(server.url);
    await collect(model);
    await collect(model);
    expect(server.connections()).toBe(1);
  });
});
