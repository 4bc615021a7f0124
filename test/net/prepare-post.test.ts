import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { preparePost } from "../../src/net/index.ts";
import { findDeadUrl, openServer } from "./loopback-server.ts";

const { signal } = new AbortController();

describe("preparePost()", () => {
  it.each(["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/"])("refuses %s", (url) => {
    expect(() => preparePost(new URL(url), { headers: new Map() })).toThrow(new TypeError("fetch failed"));
  });

  it("rejects with 'fetch failed' and the cause when nobody listens", async () => {
    const post = preparePost(new URL(await findDeadUrl()), { headers: new Map() });
    await expect(post([], signal)).rejects.toMatchObject({ message: "fetch failed", cause: { code: "ECONNREFUSED" } });
  });

  it("rejects at the time limit with a TimeoutError and closes the socket", async () => {
    await using server = await openServer(() => {});
    const post = preparePost(new URL(server.url), { headers: new Map(), timeoutMs: 50 });
    await expect(post([Buffer.from("x")], signal)).rejects.toMatchObject({ name: "TimeoutError" });
    await server.requests[0]?.closed;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("rejects with the reason of an aborted signal and sends nothing", async () => {
    await using server = await openServer((response) => void response.end());
    const post = preparePost(new URL(server.url), { headers: new Map() });
    await expect(post([], AbortSignal.abort("enough"))).rejects.toBe("enough");
    expect(server.connectionCount).toBe(0);
  });

  it.each([
    ["nothing", []],
    ["small pieces", ["{", '"é"', "}"]],
    ["pieces of a large body", ["a".repeat(100_000), "", "é".repeat(50_000), "b"]],
  ])("sends %s with its length over one connection", async (_name, texts) => {
    await using server = await openServer((response) => void response.end("fine"));
    const post = preparePost(new URL(`${server.url}/path?a=b`), {
      headers: new Map([
        ["x-one", "1"],
        ["content-length", "7"],
        ["accept-encoding", "gzip"],
      ]),
    });
    for (let turn = 0; turn < 3; turn += 1) {
      const response = await post(
        texts.map((text) => Buffer.from(text)),
        signal,
      );
      expect(await response.text()).toBe("fine");
    }
    expect(server.connectionCount).toBe(1);
    for (const request of server.requests) {
      expect(request).toMatchObject({ method: "POST", url: "/path?a=b", text: texts.join("") });
      expect(request.headers).toMatchObject({
        "content-length": String(Buffer.byteLength(texts.join(""))),
        "x-one": "1",
        "accept-encoding": "identity",
      });
      expect(request.headers).not.toHaveProperty("transfer-encoding");
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
