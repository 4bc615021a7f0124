import type { IncomingMessage } from "node:http";

import type { ByteSource } from "./byte-source.ts";
import { openBody, type ResponseBody } from "./response-body.ts";

/** What a response is made of besides its head. */
export interface ResponseContext {
  readonly url: string;
  readonly method: string;
  readonly bytes: ByteSource;
}

/** Gives an answer the shape of a `Response`. */
export function toResponse(incoming: IncomingMessage, { url, method, bytes }: ResponseContext): Response {
  const status = incoming.statusCode ?? 0;
  const isEmpty = method === "HEAD" || status === 204 || status === 304;
  if (isEmpty) incoming.resume();
  const body = openBody(bytes);
  let headers: Headers | undefined;
  const response: KeepAliveResponse = {
    ok: status >= 200 && status < 300,
    status,
    statusText: incoming.statusMessage ?? "",
    url,
    // Made when somebody looks: most readers want the body alone.
    get headers() {
      return (headers ??= readHeaders(incoming));
    },
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
