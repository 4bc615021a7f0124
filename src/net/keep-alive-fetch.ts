import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";

import { openBody, type ResponseBody } from "./response-body.ts";

/**
 * A `fetch` over the keep-alive agents of `node:http` and `node:https`, at less than half the cost of the global one.
 * The response offers `ok`, `status`, `statusText`, `url`, `headers`, `text()`, `json()`, `arrayBuffer()`, `bytes()` and
 * a `body` that is an async iterable of bytes with `cancel()`; it is no `ReadableStream` and cannot be cloned. Redirects
 * are never followed (a key must not travel on), the 3xx response is returned. Whoever gets a response reads its body,
 * cancels it or aborts the signal: until then it holds a connection.
 * Rejects with `signal.reason` on abort and with a `TypeError` "fetch failed" (with cause) when no answer came; reading
 * a body that breaks off throws a `TypeError` "terminated".
 */
export async function keepAliveFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const request = input instanceof Request ? input : undefined;
  const url = new URL(input instanceof Request ? input.url : input);
  const signal = init.signal ?? request?.signal;
  signal?.throwIfAborted();
  const method = (init.method ?? request?.method ?? "GET").toUpperCase();
  const headers = toHeaders(init.headers ?? request?.headers);
  const body = await toBytes(init.body ?? (request?.body === null ? undefined : await request?.arrayBuffer()), headers);
  if (body !== undefined) headers["content-length"] = String(body.byteLength);
  const incoming = await send(url, { method, headers }, { body, signal });
  return toResponse(incoming, { url, method, signal });
}

/** What a request is sent with besides its head. */
interface Payload {
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

function send(url: URL, head: RequestOptions, { body, signal }: Payload): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = open(url, head);
    const onAbort = (): void => {
      reject(signal?.reason as Error); // the reason goes on unchanged, whatever it is
      // Also ends a response that is being read: it lives on the same socket.
      request.destroy();
    };
    const release = (): void => signal?.removeEventListener("abort", onAbort);
    signal?.addEventListener("abort", onAbort, { once: true });
    request.once("close", release);
    request.once("response", (incoming) => {
      // From the end on the socket belongs to the agent again: an abort must not destroy it.
      incoming.once("end", release);
      resolve(incoming);
    });
    // Stays for the request's whole life: a parser's error after the response would be uncaught otherwise.
    request.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
    request.end(body);
    // The signal may have fired while the body was read.
    if (signal?.aborted === true) onAbort();
  });
}

/** `node:https` loads TLS, so each module is loaded at its first use. */
function open(url: URL, head: RequestOptions): ClientRequest {
  try {
    if (url.username !== "" || url.password !== "") throw new Error("The URL includes credentials");
    if (url.protocol === "https:") return process.getBuiltinModule("node:https").request(url, head);
    if (url.protocol === "http:") return process.getBuiltinModule("node:http").request(url, head);
    throw new Error(`The scheme "${url.protocol}" is not supported`);
  } catch (cause) {
    throw new TypeError("fetch failed", { cause });
  }
}

function toHeaders(source: RequestInit["headers"]): Record<string, string> {
  const headers = Object.fromEntries(source instanceof Headers ? source : new Headers(source));
  headers["accept"] ??= "*/*";
  // Nothing here decompresses.
  headers["accept-encoding"] = "identity";
  return headers;
}

/** Bytes are passed on by reference; forms, blobs and streams are encoded as the platform does it. */
async function toBytes(body: RequestInit["body"], headers: Record<string, string>): Promise<Uint8Array | undefined> {
  if (body === undefined || body === null) return undefined;
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") {
    headers["content-type"] ??= "text/plain;charset=UTF-8";
    return Buffer.from(body);
  }
  const encoded = new Response(body);
  const type = encoded.headers.get("content-type");
  if (type !== null) headers["content-type"] ??= type;
  return new Uint8Array(await encoded.arrayBuffer());
}

function toResponse(
  incoming: IncomingMessage,
  { url, method, signal }: { readonly url: URL; readonly method: string; readonly signal: AbortSignal | undefined },
): Response {
  const encoding = incoming.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    incoming.destroy();
    throw new TypeError("fetch failed", { cause: new Error(`Unasked-for content-encoding "${encoding}"`) });
  }
  const status = incoming.statusCode ?? 0;
  const isEmpty = method === "HEAD" || status === 204 || status === 304;
  if (isEmpty) incoming.resume();
  const body = openBody(incoming, signal);
  const response: KeepAliveResponse = {
    ok: status >= 200 && status < 300,
    status,
    statusText: incoming.statusMessage ?? "",
    url: url.href,
    headers: readHeaders(incoming),
    redirected: false,
    type: "basic",
    body: isEmpty ? null : body,
    get bodyUsed() {
      return body.isUsed;
    },
    text: async () => new TextDecoder().decode(await body.collect()),
    json: async () => JSON.parse(new TextDecoder().decode(await body.collect())) as unknown, // JSON of any shape
    arrayBuffer: async () => new Uint8Array(await body.collect()).buffer,
    bytes: () => body.collect(),
    clone() {
      throw new TypeError("A response of keepAliveFetch cannot be cloned; pass the global fetch where that is needed");
    },
  };
  // Readers of a Response touch what is above; the rest (`blob`, `formData`, a ReadableStream's `getReader`) is documented as absent.
  return response as unknown as Response;
}

/** What `keepAliveFetch` offers of a `Response`. */
interface KeepAliveResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: Headers;
  readonly redirected: boolean;
  readonly type: "basic";
  readonly body: ResponseBody | null;
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array>;
  clone(): never;
}

function readHeaders(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  const raw = incoming.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  return headers;
}
