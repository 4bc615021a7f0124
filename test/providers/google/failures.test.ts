import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import {
  collect,
  failure,
  helloRequest,
  replay,
  sendEvents,
  startServer,
  type Answer,
} from "../openai/stream-server.ts";
import { END, HI, KEY, sdks } from "./sdks.ts";

const broken: readonly (readonly [string, Answer])[] = [
  ["ends without finishReason", replay([HI])],
  ["holds no events", replay([])],
  ["holds malformed JSON", replay([HI, '{"candidates": [', END])],
  ["holds JSON that is no object", replay([HI, "[1]"])],
  ["holds null", replay([HI, "null"])],
  ["is not an event stream", (response) => void response.writeHead(200).end('{"candidates":[]}')],
  [
    "is cut in the middle of an event",
    (response) => void response.writeHead(200).end(`data: ${JSON.stringify(HI)}\n\ndata: {"can`),
  ],
  [
    "breaks off with its connection",
    async (response) => {
      await sendEvents(response, [JSON.stringify(HI)]);
      response.write("data: {", () => response.socket?.destroy());
    },
  ],
  ["never begins", (response) => void response.socket?.destroy()],
];

/** Sends the begin of an answer and leaves it open. */
const open: Answer = (response) => sendEvents(response, [JSON.stringify(HI)]);

for (const { name: sdk, toModel } of sdks) {
  const fail = async (answer: Answer): Promise<unknown> => {
    await using server = await startServer(answer);
    const error = await failure(collect(toModel(server.url)));
    expect(server.requests).toHaveLength(1);
    return error;
  };

  describe(`google() with ${sdk}`, () => {
    it.each(broken)("throws a retryable ProviderError when the stream %s", async (_what, answer) => {
      const error = await fail(answer);
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ isRetryable: true, provider: "google", status: undefined });
    });

    it.each([
      [503, "UNAVAILABLE", true],
      [429, "RESOURCE_EXHAUSTED", true],
      [400, "INVALID_ARGUMENT", false],
    ])("throws a ProviderError for an error event of %i", async (code, status, isRetryable) => {
      const error = await fail(replay([HI, { error: { code, message: "the words", status } }]));
      expect(error).toMatchObject({ message: "the words", status: code, isRetryable });
    });

    it.each([
      [400, "INVALID_ARGUMENT", false],
      [401, "UNAUTHENTICATED", false],
      [403, "PERMISSION_DENIED", false],
      [404, "NOT_FOUND", false],
      [429, "RESOURCE_EXHAUSTED", true],
      [500, "INTERNAL", true],
      [503, "UNAVAILABLE", true],
    ])("makes status %i a ProviderError in the vendor's words", async (code, status, isRetryable) => {
      const error = await fail((response) => {
        response.writeHead(code, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { code, message: "the vendor's words", status } }));
      });
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ status: code, isRetryable, message: "the vendor's words" });
      expect((error as Error).message).not.toContain(KEY);
    });

    it("waits as long as the error's body asks for", async () => {
      const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.5s" }];
      const error = await fail((response) => {
        response.writeHead(429, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { code: 429, message: "m", status: "RESOURCE_EXHAUSTED", details } }));
      });
      expect(error).toMatchObject({ isRetryable: true, retryAfterMs: 34_500 });
    });

    it("does not retry when the day's quota is used up", async () => {
      const details = [
        {
          "@type": "type.googleapis.com/google.rpc.QuotaFailure",
          violations: [{ quotaId: "RequestsPerDayPerProject" }],
        },
      ];
      const error = await fail((response) => {
        response.writeHead(429, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { code: 429, message: "m", status: "RESOURCE_EXHAUSTED", details } }));
      });
      expect(error).toMatchObject({ status: 429, isRetryable: false });
    });

    it("makes an error page of a proxy a ProviderError", async () => {
      const error = await fail((response) => void response.writeHead(502).end("<html>Bad gateway</html>"));
      expect(error).toMatchObject({ status: 502, isRetryable: true });
    });

    it("throws the reason of a signal that is aborted before the call, and sends nothing", async () => {
      await using server = await startServer(replay([HI, END]));
      const reason = { own: "reason" };
      const error = await failure(collect(toModel(server.url), helloRequest, { signal: AbortSignal.abort(reason) }));
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
      expect(await failure(collect(toModel(server.url), helloRequest, { signal }))).toBe(reason);
      await cut;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });

    it("throws the reason of a signal that is aborted during the answer, and hangs up", async () => {
      await using server = await startServer(open);
      const controller = new AbortController();
      const reason = new Error("enough");
      const { signal } = controller;
      const read = async (): Promise<void> => {
        for await (const _part of toModel(server.url).stream(helloRequest, { signal })) controller.abort(reason);
      };
      expect(await failure(read())).toBe(reason);
      await server.requests[0]?.cut;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });

    it("hangs up when the reader leaves", async () => {
      await using server = await startServer(open);
      const { signal } = new AbortController();
      for await (const _part of toModel(server.url).stream(helloRequest, { signal })) break;
      expect(server.requests).toHaveLength(1);
      await server.requests[0]?.cut;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });

    it("gives a whole answer whose stream the server leaves open, and hangs up", async () => {
      await using server = await startServer((response) =>
        sendEvents(response, [JSON.stringify(HI), JSON.stringify(END)]),
      );
      const { text, finish } = await collect(toModel(server.url));
      expect([text, finish.reason]).toEqual(["hi", "end_turn"]);
      await server.requests[0]?.cut;
    });
  });
}

describe("google() with its own client", () => {
  const [own] = sdks;
  if (own === undefined) throw new Error("no SDK");

  it.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after-ms": "250" }, 250],
  ])("honours %j", async (headers, retryAfterMs) => {
    await using server = await startServer((response) => void response.writeHead(429, { ...headers }).end("{}"));
    expect(await failure(collect(own.toModel(server.url)))).toMatchObject({
      status: 429,
      isRetryable: true,
      retryAfterMs,
    });
  });

  it("does not follow a redirect", async () => {
    await using other = await startServer(replay([HI, END]));
    await using server = await startServer((response) => void response.writeHead(307, { location: other.url }).end());
    expect(await failure(collect(own.toModel(server.url)))).toMatchObject({ status: 307, isRetryable: false });
    expect(other.requests).toHaveLength(0);
  });

  it("uses a connection again", async () => {
    await using server = await startServer(replay([HI, END]));
    const model = own.toModel(server.url);
    await collect(model);
    await collect(model);
    expect(server.connections()).toBe(1);
  });
});
