import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openEgressProxy } from "../../src/net/index.ts";
import { findDeadUrl, openRawServer, openServer } from "./loopback-server.ts";

let folder: string;
let socketPath: string;
const refused: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-egress-"));
  socketPath = join(folder, "proxy.sock");
  refused.length = 0;
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const open = (...allow: string[]): Promise<AsyncDisposable> =>
  openEgressProxy({ allow, socketPath, onRefused: (reason) => void refused.push(reason) });

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}

/** Asks the proxy for a URL as a program with `http_proxy` does. */
async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const asked = request({ socketPath, path: url, headers }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return await readAnswer(response);
}

/** Asks for a tunnel as a program with `https_proxy` does; gives the first bytes of the answer. */
async function ask(authority: string): Promise<{ readonly socket: Socket; readonly head: string }> {
  const socket = connect(socketPath);
  socket.on("error", () => {});
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  return { socket, head: head.toString() };
}

const authorityOf = (url: string): string => new URL(url).host;

describe("openEgressProxy() refuses", () => {
  it.each([
    ["a host that is not listed", ["example.com"], "127.0.0.1:443"],
    ["a host below one that is listed by itself", ["example.com"], "a.example.com:443"],
    ["a listed name that leads to this machine", ["localhost"], "localhost:443"],
    ["a metadata service below a listed pattern", ["*.internal", "*.google.internal"], "metadata.google.internal:80"],
    ["a metadata service's address where others are listed", ["127.0.0.1", "10.0.0.1"], "169.254.169.254:80"],
    ["that address inside of IPv6", ["127.0.0.1", "10.0.0.1"], "[::ffff:169.254.169.254]:80"],
    ["an address in another spelling", ["127.0.0.2"], "0x7f000001:80"],
    ["a name behind credentials", ["example.com"], "example.com:x@127.0.0.1:80"],
    ["a port that is none", ["127.0.0.1"], "127.0.0.1:99999"],
    ["no host at all", ["127.0.0.1"], ":443"],
  ])("%s, in a tunnel and without one", async (_what, allow, authority) => {
    await using _proxy = await open(...allow);
    const { socket, head } = await ask(authority);
    expect(head).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
    expect(await get(`http://${authority}/`)).toMatchObject({ status: 403 });
    expect(refused).toHaveLength(2);
  });

  it.each(["/", "ftp://127.0.0.1/", "file:///etc/passwd", "http://"])("%s, which is no web address", async (path) => {
    await using _proxy = await open("127.0.0.1");
    expect(await get(path)).toMatchObject({ status: 403 });
  });

  it("what nobody answers at, and goes on", async () => {
    await using _proxy = await open("127.0.0.1");
    const dead = await findDeadUrl();
    expect((await ask(authorityOf(dead))).head).toMatch(/^HTTP\/1\.1 403 /);
    expect(await get(dead)).toMatchObject({ status: 403 });
    await using server = await openServer((response) => void response.end("there"));
    expect(await get(server.url)).toEqual({ status: 200, text: "there" });
  });
});

describe("openEgressProxy() reaches", () => {
  it("a listed address by plain HTTP, whatever host the header names, and keeps what is for itself", async () => {
    await using server = await openServer((response, { method }) => void response.end(`answer to ${method}`));
    await using _proxy = await open("127.0.0.1");
    const headers = { host: "other.test", "proxy-authorization": "Basic c2VjcmV0", "x-mine": "kept" };
    expect(await get(`${server.url}/path?query=1`, headers)).toEqual({ status: 200, text: "answer to GET" });
    const [seen] = server.requests;
    expect(seen).toMatchObject({ url: "/path?query=1", headers: { host: authorityOf(server.url), "x-mine": "kept" } });
    expect(seen?.headers).not.toHaveProperty("proxy-authorization");
  });

  it("a listed address through a tunnel, also with bytes that come right behind the request", async () => {
    await using server = await openServer((response) => void response.end("through the tunnel"));
    await using _proxy = await open("127.0.0.1");
    const authority = authorityOf(server.url);
    const socket = connect(socketPath);
    const inner = `GET / HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`;
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n${inner}`);
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 200 Connection Established\r\n\r\nHTTP\/1\.1 200 OK/);
    expect(text).toContain("through the tunnel");
  });
});

describe("openEgressProxy() closes", () => {
  it("every tunnel, and its socket, at its disposal", async () => {
    await using server = await openRawServer(() => {});
    const proxy = await open("127.0.0.1");
    const { socket } = await ask(authorityOf(server.url));
    const closed = once(socket, "close");
    await proxy[Symbol.asyncDispose]();
    await closed;
    await expect(stat(socketPath)).rejects.toThrow("ENOENT");
  });

  it("what it reached for when the program hangs up, also before the connection is there", async () => {
    const reached: Promise<unknown>[] = [];
    await using server = await openRawServer((target) => void reached.push(once(target, "close")));
    await using _proxy = await open("127.0.0.1");
    const { socket } = await ask(authorityOf(server.url));
    socket.destroy();
    await reached[0];
    for (let time = 0; time < 20; time += 1) {
      const early = connect(socketPath);
      await once(early, "connect");
      early.write(`CONNECT ${authorityOf(server.url)} HTTP/1.1\r\n\r\n`);
      early.destroy();
    }
    // Told last, answered last: by then the others have been heard.
    const last = await ask(authorityOf(server.url));
    last.socket.destroy();
    await Promise.all(reached);
    expect(reached.length).toBeGreaterThanOrEqual(2);
  });
});
