import { lookup as resolveName } from "node:dns/promises";
import { chmod } from "node:fs/promises";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";

import { describeError } from "../errors/index.ts";
import { createFetchRules, unbracket, type FetchRules } from "./fetch-rules.ts";
import { readHostLists } from "./host-list.ts";

/** Options of `openEgressProxy`. */
export interface EgressProxyOptions {
  /** The hosts that may be reached: "example.com", "*.example.com". An address that stands here may be a private one. */
  readonly allow: readonly string[];
  /** Path of the Unix socket to listen at. It must not exist. Everybody who reaches it may use the proxy. */
  readonly socketPath: string;
  /** Called with each refusal. */
  readonly onRefused?: (reason: string) => void;
}

/** Names headers that are for the proxy, not for what lies behind it. */
const HOP_HEADERS = new Set([
  "proxy-authorization",
  "proxy-connection",
  "proxy-authenticate",
  "connection",
  "keep-alive",
]);
const MAX_CONNECTIONS = 256;
const IDLE_MS = 300_000;

/**
 * Opens an HTTP proxy that reaches listed hosts only, for programs that have no other network: CONNECT for anything in
 * TLS, and plain HTTP. A name is resolved here, once, and every address is judged: a listed name that leads to a private
 * address or to this machine is refused. Disposal closes it and every connection.
 */
export async function openEgressProxy(options: EgressProxyOptions): Promise<AsyncDisposable> {
  const { allow, socketPath, onRefused = () => {} } = options;
  const rules = createFetchRules(readHostLists({ allow, allowPrivate: allow.filter((host) => isIP(host) !== 0) }));
  const sockets = new Set<Duplex>();
  const keep = <Stream extends Duplex>(stream: Stream): Stream => {
    sockets.add(stream);
    stream.once("close", () => sockets.delete(stream));
    return stream;
  };
  const server = loadHttp().createServer();
  server.maxConnections = MAX_CONNECTIONS;
  server.on("connection", keep);
  server.on("connect", (asked: IncomingMessage, client: Duplex, first: Buffer) => {
    client.on("error", () => client.destroy());
    tunnel(asked, { client, first }, rules).then(keep, (error: unknown) => {
      onRefused(describeError(error));
      client.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n${describeError(error)}\r\n`);
    });
  });
  server.on("request", (asked: IncomingMessage, answer: ServerResponse) => {
    forward(asked, answer, rules).catch((error: unknown) => {
      onRefused(describeError(error));
      if (answer.headersSent) return void answer.destroy();
      answer.writeHead(403, { "content-type": "text/plain" }).end(`${describeError(error)}\n`);
    });
  });
  await listen(server, socketPath);
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Not imported: that loads the platform's fetch too, which who only opens this folder's door does not need. */
function loadHttp(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}

async function listen(server: Server, socketPath: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  // Whoever runs in the sandbox is another user; the folder says who gets here.
  await chmod(socketPath, 0o666);
}

interface TunnelClient {
  readonly client: Duplex;
  /** What came right behind the request. */
  readonly first: Buffer;
}

async function tunnel(asked: IncomingMessage, { client, first }: TunnelClient, rules: FetchRules): Promise<Socket> {
  const url = new URL(`https://${asked.url ?? ""}`);
  // The URL parser drops the port that belongs to the scheme.
  const port = Number(/:(\d+)$/.exec(asked.url ?? "")?.[1] ?? 443);
  const address = await judge(url, rules);
  if (client.destroyed) throw hungUp();
  const target = connect({ host: address, port });
  target.setTimeout(IDLE_MS, () => target.destroy());
  client.once("close", () => target.destroy());
  await new Promise<void>((resolve, reject) => {
    target.once("connect", resolve).once("error", reject);
    target.once("close", () => reject(hungUp()));
  });
  target.on("error", () => client.destroy());
  client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
  target.write(first);
  client.pipe(target).pipe(client);
  return target;
}

function hungUp(): Error {
  return new Error("The program hung up before its connection was there");
}

async function forward(asked: IncomingMessage, answer: ServerResponse, rules: FetchRules): Promise<void> {
  const url = new URL(asked.url ?? "");
  const address = await judge(url, rules);
  const headers = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !HOP_HEADERS.has(name)));
  const onward = loadHttp().request({
    host: address,
    port: url.port || 80,
    method: asked.method,
    path: `${url.pathname}${url.search}`,
    // What is asked for is what was judged, whatever the header says.
    headers: { ...headers, host: url.host, connection: "close" },
    setHost: false,
    timeout: IDLE_MS,
  });
  asked.pipe(onward);
  answer.once("close", () => onward.destroy());
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    onward.once("response", resolve).once("error", reject);
  });
  response.on("error", () => answer.destroy());
  answer.writeHead(response.statusCode ?? 502, response.headers);
  response.pipe(answer);
}

/** The address to connect to: the one that was judged, so that no second answer of the resolver counts. */
async function judge(url: URL, rules: FetchRules): Promise<string> {
  rules.assertUrl(url);
  const host = unbracket(url.hostname);
  if (isIP(host) !== 0) return host;
  const [found] = await resolveName(host, { all: true });
  if (found === undefined) throw new Error(`${host} has no address`);
  rules.assertAddress(host, found.address);
  return found.address;
}
