import { HttpExchange } from "./http-exchange.ts";
import { toHttpTarget } from "./http-target.ts";
import { toResponse } from "./to-response.ts";

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
  const headers = toHeaders(init.headers ?? request?.headers, url);
  const body = await toBytes(init.body ?? (request?.body === null ? undefined : await request?.arrayBuffer()), headers);
  // Where a server may wait for a body, the length says that there is none.
  if (body !== undefined || !BODILESS_METHODS.has(method)) headers["content-length"] = String(body?.byteLength ?? 0);
  const exchange = new HttpExchange(toHttpTarget(url, method), {
    headers: Object.entries(headers).flat(),
    body: body === undefined ? [] : [body],
    signal: signal ?? undefined,
  });
  return toResponse(await exchange.head(), { url: url.href, method, bytes: exchange });
}

const BODILESS_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"]);

function toHeaders(source: RequestInit["headers"], url: URL): Record<string, string> {
  const headers = Object.fromEntries(source instanceof Headers ? source : new Headers(source));
  headers["host"] ??= url.host;
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
