import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { preparePost, type ByteSource, type PostRefusal } from "../../src/net/index.ts";
import { findDeadUrl, openServer } from "./loopback-server.ts";

const { signal } = new AbortController();

/** Throws what went wrong, or which status was refused. */
async function explain({ outcome }: PostRefusal): Promise<never> {
  const response = await outcome();
  throw new Error(`${response.status}: ${await response.text()}`);
}

async function textOf(bytes: ByteSource): Promise<string> {
  const chunks: Uint8Array[] = [];
  for (; !bytes.isEnded; chunks.push(...bytes.take())) await bytes.wait();
  return Buffer.concat(chunks).toString();
}

describe("preparePost()", () => {
  it.each(["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/"])("refuses %s", (url) => {
    expect(() => preparePost(new URL(url), { headers: new Map(), explain })).toThrow(new TypeError("fetch failed"));
  });

  it("rejects with 'fetch failed' and the cause when nobody listens", async () => {
    const post = preparePost(new URL(await findDeadUrl()), { headers: new Map(), explain });
    await expect(textOf(post([], { signal }))).rejects.toMatchObject({
      message: "fetch failed",
      cause: { code: "ECONNREFUSED" },
    });
  });

  it("rejects at the time limit with a TimeoutError and closes the socket", async () => {
    await using server = await openServer(() => {});
    const post = preparePost(new URL(server.url), { headers: new Map(), explain });
    await expect(textOf(post([Buffer.from("x")], { signal, timeoutMs: 50 }))).rejects.toMatchObject({
      name: "TimeoutError",
    });
    await server.requests[0]?.closed;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("rejects with the reason of an aborted signal and sends nothing", async () => {
    await using server = await openServer((response) => void response.end());
    const post = preparePost(new URL(server.url), { headers: new Map(), explain });
    await expect(textOf(post([], { signal: AbortSignal.abort("enough") }))).rejects.toBe("enough");
    expect(server.connectionCount).toBe(0);
  });

  it("throws what is made of a status without success, whose body can be read, and keeps the connection", async () => {
    await using server = await openServer((response) => void response.writeHead(503).end("busy"));
    const post = preparePost(new URL(server.url), { headers: new Map(), explain });
    await expect(textOf(post([], { signal }))).rejects.toThrow("503: busy");
    await expect(textOf(post([], { signal }))).rejects.toThrow("503: busy");
    expect(server.connectionCount).toBe(1);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("throws the signal's reason and closes the socket when it is aborted, before the answer and while reading", async () => {
    for (const hasBegun of [false, true]) {
      const controller = new AbortController();
      await using server = await openServer((response) => {
        if (hasBegun) response.write("some");
        else controller.abort("enough");
      });
      const bytes = preparePost(new URL(server.url), { headers: new Map(), explain })([], controller);
      await bytes.wait().catch(() => {});
      controller.abort("enough");
      await expect(bytes.wait()).rejects.toBe("enough");
      expect(bytes.take()).toEqual([]);
      await server.requests[0]?.closed;
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    }
  });

  it("closes the socket when it is closed, before the answer and while reading, and lets nobody wait", async () => {
    for (const hasBegun of [false, true]) {
      let asked = (): void => {};
      const isAsked = new Promise<void>((resolve) => (asked = resolve));
      await using server = await openServer((response) => {
        if (hasBegun) response.write("some");
        asked();
      });
      const bytes = preparePost(new URL(server.url), { headers: new Map(), explain })([], { signal });
      const waiting = bytes.wait();
      await (hasBegun ? waiting : isAsked);
      bytes.close();
      await waiting;
      expect(bytes.isEnded).toBe(false);
      await expect(bytes.wait()).rejects.toThrow("terminated");
      await server.requests[0]?.closed;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    }
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
      explain,
    });
    for (let turn = 0; turn < 3; turn += 1) {
      const pieces = texts.map((text) => Buffer.from(text));
      expect(await textOf(post(pieces, { signal }))).toBe("fine");
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
