import { getEventListeners } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

import { keepAliveFetch } from "../../src/net/index.ts";
import { findDeadUrl, openRawServer, openServer } from "./loopback-server.ts";

describe("keepAliveFetch()", () => {
  it("rejects with 'fetch failed' and the cause when nobody listens", async () => {
    const error: unknown = await keepAliveFetch(await findDeadUrl()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: "fetch failed", cause: { code: "ECONNREFUSED" } });
  });

  it.each(["ftp://127.0.0.1/", "file:///etc/passwd", "http://user:secret@127.0.0.1/"])("refuses %s", async (url) => {
    await expect(keepAliveFetch(url)).rejects.toThrow(new TypeError("fetch failed"));
  });

  it("rejects when the server hangs up before it answers", async () => {
    await using server = await openServer((response) => void response.destroy());
    await expect(keepAliveFetch(server.url)).rejects.toMatchObject({
      message: "fetch failed",
      cause: { code: "ECONNRESET" },
    });
  });

  it("rejects when the answer is not HTTP", async () => {
    await using server = await openRawServer((socket) => void socket.end("hello\r\n\r\n"));
    await expect(keepAliveFetch(server.url)).rejects.toThrow("fetch failed");
  });

  it("rejects when the answer changes the protocol", async () => {
    await using server = await openRawServer((socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n");
    });
    await expect(keepAliveFetch(server.url)).rejects.toMatchObject({
      message: "fetch failed",
      cause: expect.any(Error),
    });
  });

  it.each([
    ["with a length", { "content-length": "100" }],
    ["in chunks", {}],
  ])("throws from the body when an answer %s breaks off", async (_name, headers) => {
    await using server = await openServer((response) => {
      response.writeHead(200, headers);
      response.write("some", () => response.socket?.destroy());
    });
    const response = await keepAliveFetch(server.url);
    await expect(response.text()).rejects.toMatchObject({ message: "terminated", cause: { code: "ECONNRESET" } });
  });

  it("throws from the body when an answer turns into nonsense", async () => {
    await using server = await openRawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\nnonsense\r\n");
    });
    const reading = keepAliveFetch(server.url).then((response) => response.text());
    await expect(reading).rejects.toThrow(TypeError);
  });

  it("refuses an encoding that it did not ask for", async () => {
    await using server = await openServer((response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("data"));
    });
    await expect(keepAliveFetch(server.url)).rejects.toThrow("fetch failed");
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity");
  });

  it("rejects with the reason, unchanged, of a signal that is aborted already, and sends nothing", async () => {
    await using server = await openServer((response) => void response.end());
    const reason = { why: "test" };
    await expect(keepAliveFetch(server.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.connectionCount).toBe(0);
  });

  it("rejects with the signal's reason and closes the socket when it is aborted before the answer", async () => {
    const controller = new AbortController();
    await using server = await openServer(() => controller.abort("enough"));
    await expect(keepAliveFetch(server.url, { signal: controller.signal })).rejects.toBe("enough");
    await server.requests[0]?.closed;
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("throws the signal's reason from the body and closes the socket when it is aborted while reading", async () => {
    await using server = await openServer((response) => void response.write("some"));
    const controller = new AbortController();
    const response = await keepAliveFetch(server.url, { signal: controller.signal });
    const reading = (async () => {
      for await (const _chunk of toIterable(response)) controller.abort("enough");
    })();
    await expect(reading).rejects.toBe("enough");
    await server.requests[0]?.closed;
  });

  it("closes the socket when the reader leaves, and when the body is cancelled", async () => {
    await using server = await openServer((response) => void response.write("some"));
    for await (const _chunk of toIterable(await keepAliveFetch(server.url))) break;
    await server.requests[0]?.closed;
    await (await keepAliveFetch(server.url)).body?.cancel();
    await server.requests[1]?.closed;
    expect(server.requests).toHaveLength(2);
    expect(await server.openConnections()).toBe(0);
  });

  it("keeps a server waiting whose reader is slow, and gives every byte", async () => {
    const size = 32 * 1024 * 1024;
    let isDrained = false;
    await using server = await openServer((response) => {
      response.write(Buffer.alloc(size, "x"));
      response.end("y", () => (isDrained = true));
    });
    let length = 0;
    let last = 0;
    for await (const chunk of toIterable(await keepAliveFetch(server.url))) {
      // The server's turn comes again and again while the first chunk is looked at.
      if (length === 0) for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (length === 0) expect(isDrained).toBe(false);
      length += chunk.length;
      last = chunk.at(-1) ?? 0;
    }
    expect([length, last]).toEqual([size + 1, "y".charCodeAt(0)]);
  });

  it("sends a length of nothing with a POST without a body", async () => {
    await using server = await openServer((response) => void response.end());
    await (await keepAliveFetch(server.url, { method: "POST" })).text();
    expect(server.requests[0]?.headers["content-length"]).toBe("0");
  });

  it("does not follow a redirect", async () => {
    await using server = await openServer((response) => {
      response.writeHead(307, { location: "/elsewhere" }).end("moved");
    });
    const response = await keepAliveFetch(server.url, { method: "POST", body: "secret" });
    expect([response.status, response.ok, response.headers.get("location")]).toEqual([307, false, "/elsewhere"]);
    expect(await response.text()).toBe("moved");
    expect(server.requests).toHaveLength(1);
  });

  it("uses one connection for requests one after the other and leaves no listener on the signal", async () => {
    await using server = await openServer((response) => void response.end("fine"));
    const { signal } = new AbortController();
    for (let index = 0; index < 20; index += 1) {
      const response = await keepAliveFetch(server.url, { method: "POST", body: Buffer.from("x"), signal });
      expect(await response.text()).toBe("fine");
    }
    expect(server.connectionCount).toBe(1);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("keeps the connection when the signal is aborted after the body was read", async () => {
    await using server = await openServer((response) => void response.end("fine"));
    for (let index = 0; index < 3; index += 1) {
      const controller = new AbortController();
      await (await keepAliveFetch(server.url, { signal: controller.signal })).text();
      controller.abort();
    }
    expect(server.connectionCount).toBe(1);
  });

  it.each([
    ["bytes", Buffer.from("hé"), "hé", undefined],
    ["a string", "hé", "hé", "text/plain;charset=UTF-8"],
    ["a form", new URLSearchParams({ a: "b c" }), "a=b+c", "application/x-www-form-urlencoded;charset=UTF-8"],
    ["a blob", new Blob(["hé"], { type: "text/x" }), "hé", "text/x"],
  ])("sends %s", async (_name, body, text, type) => {
    await using server = await openServer((response) => void response.end());
    await (await keepAliveFetch(server.url, { method: "put", body })).text();
    const [request] = server.requests;
    expect(request).toMatchObject({ method: "PUT", text });
    expect(request?.headers["content-type"]).toBe(type);
    expect(request?.headers["content-length"]).toBe(String(Buffer.byteLength(text)));
  });

  it.each([
    ["an object", { "X-One": "1", "X-Two": "2" }],
    [
      "a list",
      [
        ["X-One", "1"],
        ["X-Two", "2"],
      ] satisfies [string, string][],
    ],
    ["Headers", new Headers({ "X-One": "1", "X-Two": "2" })],
  ])("sends headers from %s", async (_name, headers) => {
    await using server = await openServer((response) => void response.end());
    await (await keepAliveFetch(new URL(server.url), { headers })).text();
    expect(server.requests[0]?.headers).toMatchObject({ "x-one": "1", "x-two": "2" });
  });

  it("takes a Request", async () => {
    await using server = await openServer((response) => void response.end());
    const request = new Request(server.url, { method: "POST", body: "text", headers: { "x-one": "1" } });
    await (await keepAliveFetch(request)).text();
    expect(server.requests[0]).toMatchObject({ method: "POST", text: "text", headers: { "x-one": "1" } });
  });

  it("offers what readers of a Response use", async () => {
    await using server = await openServer((response, { url }) => {
      if (url === "/empty") response.writeHead(204).end();
      else response.writeHead(201, "Made", { "x-a": "1", "set-cookie": ["a=1", "b=2"] }).end('{"a":"é"}');
    });
    const response = await keepAliveFetch(`${server.url}/path`);
    expect([response.ok, response.status, response.statusText, response.url]).toEqual([
      true,
      201,
      "Made",
      `${server.url}/path`,
    ]);
    expect(response.headers.get("X-A")).toBe("1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual({ a: "é" });
    expect(response.bodyUsed).toBe(true);
    await expect(response.text()).rejects.toThrow("already been read");
    expect(Buffer.from(await (await keepAliveFetch(server.url)).arrayBuffer()).toString()).toBe('{"a":"é"}');
    expect((await keepAliveFetch(`${server.url}/empty`)).body).toBeNull();
  });
});

function toIterable(response: Response): AsyncIterable<Uint8Array> {
  if (response.body === null) throw new Error("The response has no body");
  return response.body;
}
