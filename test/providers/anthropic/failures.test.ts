import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { anthropic } from "../../../src/providers/anthropic/index.ts";
import type { ModelStreamPart } from "../../../src/spec/index.ts";
import { findDeadUrl, openServer } from "../../net/loopback-server.ts";
import { ask, modelFor, readAll, sendStream, serveEvents, toAnswer, toFrames } from "./conversation.ts";

const HELLO = toAnswer([{ type: "text", text: "Hello" }]);
const BEGIN = HELLO.slice(0, 2);

async function failureOf(reading: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await reading.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!ProviderError.isInstance(error)) throw new Error(`Not a ProviderError: ${String(error)}`);
  return error;
}

describe("anthropic() refuses a broken stream", () => {
  it.each([
    ["no events at all", ""],
    ["a comment alone", ": nothing\n\n"],
    ["a page of a proxy", "<html>Sign in</html>"],
    ["pings alone", toFrames([{ type: "ping" }])],
    ["an end without message_stop", toFrames(HELLO.slice(0, -1))],
    ["an end in the middle of a block", toFrames(BEGIN)],
    ["an end in the middle of the last event", toFrames(HELLO).slice(0, -1)],
    ["a line that is not JSON", `${toFrames(BEGIN)}event: x\ndata: {"type":\n\n${toFrames(HELLO.slice(2))}`],
    ["an event that is no object", `${toFrames(BEGIN)}data: 7\n\n${toFrames(HELLO.slice(2))}`],
    ["a piece of a block that never began", toFrames([...BEGIN, { type: "content_block_delta", index: 9, delta: {} }])],
    ["an end of a message that never began", toFrames([{ type: "message_stop" }])],
    ["a block without a type", toFrames([...BEGIN, { type: "content_block_start", index: 1, content_block: null }])],
  ])("%s", async (_name, text) => {
    await using server = await openServer((response) => sendStream(response, text));
    const error = await failureOf(readAll(modelFor(server)));
    expect(error).toMatchObject({ provider: "anthropic", isRetryable: true, status: undefined });
  });

  it("whose socket is destroyed", async () => {
    await using server = await openServer((response) => {
      response.writeHead(200).write(toFrames(BEGIN), () => response.socket?.destroy());
    });
    const error = await failureOf(readAll(modelFor(server)));
    expect(error).toMatchObject({ isRetryable: true, message: "terminated: aborted" });
  });

  it.each([
    ["overloaded_error", true],
    ["api_error", true],
    ["rate_limit_error", true],
    ["invalid_request_error", false],
    ["authentication_error", false],
  ])("with an event of %s", async (type, isRetryable) => {
    await using server = await serveEvents([...BEGIN, { type: "error", error: { type, message: "the words" } }]);
    expect(await failureOf(readAll(modelFor(server)))).toMatchObject({ isRetryable, message: "the words" });
  });

  it("but not one that breaks after its terminal event", async () => {
    await using server = await openServer((response) => {
      response.writeHead(200).write(toFrames(HELLO), () => response.socket?.destroy());
    });
    expect((await readAll(modelFor(server))).finish.message.content).toEqual([{ type: "text", text: "Hello" }]);
  });

  it("nor waits for ever when the server does not close after the terminal event", async () => {
    await using server = await openServer((response) => void response.writeHead(200).write(toFrames(HELLO)));
    expect((await readAll(modelFor(server))).finish.reason).toBe("end_turn");
    await server.requests[0]?.closed;
  });
});

describe("anthropic() refuses an answer that is an error", () => {
  it.each([
    [400, "invalid_request_error", false],
    [401, "authentication_error", false],
    [404, "not_found_error", false],
    [429, "rate_limit_error", true],
    [500, "api_error", true],
    [529, "overloaded_error", true],
  ])("status %i", async (status, type, isRetryable) => {
    await using server = await openServer((response) => {
      const body = { type: "error", error: { type, message: "the words" }, request_id: "r" };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    const error = await failureOf(readAll(modelFor(server)));
    expect(error).toMatchObject({ status, isRetryable, message: "the words" });
    // Retrying is in one place, and not here.
    expect(server.requests).toHaveLength(1);
  });

  it("and tells how long to wait", async () => {
    await using server = await openServer((response) => void response.writeHead(429, { "retry-after": "12" }).end());
    expect(await failureOf(readAll(modelFor(server)))).toMatchObject({ retryAfterMs: 12_000, isRetryable: true });
  });

  it("and does not follow a redirect with the prompt", async () => {
    await using server = await openServer((response) => void response.writeHead(307, { location: "/x" }).end());
    expect(await failureOf(readAll(modelFor(server)))).toMatchObject({ status: 307, isRetryable: false });
    expect(server.requests).toHaveLength(1);
  });

  it("and a server that is not there", async () => {
    const model = modelFor({ url: await findDeadUrl() });
    const error = await failureOf(readAll(model));
    expect(error.isRetryable).toBe(true);
    expect(error.message).toContain("ECONNREFUSED");
  });

  it("and a missing key, by the name of its variable", async () => {
    const model = anthropic({ model: "claude-test", env: {} });
    await expect(readAll(model)).rejects.toMatchObject({
      code: "credentials_missing",
      message: expect.stringContaining("ANTHROPIC_API_KEY"),
    });
  });
});

describe("anthropic() on abort", () => {
  it("rejects with the reason and sends nothing when it was aborted before", async () => {
    await using server = await serveEvents(HELLO);
    const reason = { why: "test" };
    await expect(readAll(modelFor(server), ask(), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.connectionCount).toBe(0);
  });

  it("rejects with the reason and closes the socket while the answer is awaited", async () => {
    const controller = new AbortController();
    await using server = await openServer(() => controller.abort("enough"));
    await expect(readAll(modelFor(server), ask(), controller.signal)).rejects.toBe("enough");
    await server.requests[0]?.closed;
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("rejects with the reason and closes the socket in the middle of the stream", async () => {
    await using server = await openServer((response) => void response.writeHead(200).write(toFrames(BEGIN)));
    const controller = new AbortController();
    const reason = new Error("enough");
    const seen: ModelStreamPart[] = [];
    const reading = (async () => {
      for await (const part of modelFor(server).stream(ask(), { signal: controller.signal })) {
        seen.push(part);
        controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(seen).toEqual([{ type: "text-delta", text: "Hello" }]);
    await server.requests[0]?.closed;
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it.each([
    ["our own fetch", {}],
    ["the global fetch", { fetch: globalThis.fetch }],
  ])("closes the socket when the reader leaves the loop, with %s", async (_name, options) => {
    await using server = await openServer((response) => void response.writeHead(200).write(toFrames(BEGIN)));
    const { signal } = new AbortController();
    for await (const part of modelFor(server, options).stream(ask(), { signal })) {
      expect(part.type).toBe("text-delta");
      break;
    }
    await server.requests[0]?.closed;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("uses one connection and leaves no listener over many whole answers, also when readers stop at the finish", async () => {
    await using server = await serveEvents(HELLO);
    const model = modelFor(server);
    const { signal } = new AbortController();
    for (let turn = 0; turn < 20; turn += 1) {
      for await (const part of model.stream(ask(), { signal })) if (part.type === "finish") break;
    }
    expect(server.requests).toHaveLength(20);
    expect(server.connectionCount).toBe(1);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
