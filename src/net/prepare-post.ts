import { sendRequest, toHttpTarget } from "./http-request.ts";
import { toResponse } from "./to-response.ts";

/** What all requests of a prepared POST share. */
export interface PreparedPostOptions {
  /** Values by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Milliseconds until the head of an answer must be there. @default no limit */
  readonly timeoutMs?: number;
}

/**
 * Sends a body, given in pieces that must not change before the answer is there, to the prepared address. Fails and
 * answers as `keepAliveFetch` does.
 */
export type PreparedPost = (body: readonly Uint8Array[], signal: AbortSignal) => Promise<Response>;

/** Bytes up to which copying the pieces of a body into one costs less than writing them one by one. */
const MAX_JOINED = 64 * 1024;

/**
 * Prepares a POST that is sent many times with other bodies: address and headers are worked out once, and
 * what is dear in a `fetch` (`URL`, `Headers`, `Request`) is left out. Rejects with a `DOMException` "TimeoutError" at the time limit.
 * Throws a `TypeError` for an address that is not HTTP(S) or carries credentials.
 */
export function preparePost(url: URL, { headers, timeoutMs }: PreparedPostOptions): PreparedPost {
  const target = toHttpTarget(url, "POST");
  const { href } = url;
  // Nothing here decompresses, and the length is each body's own.
  const fixed = new Map([["host", url.host], ...headers, ["accept-encoding", "identity"]]);
  fixed.delete("content-length");
  const head = [...fixed].flat();
  return async (body, signal) => {
    signal.throwIfAborted();
    let length = 0;
    for (const piece of body) length += piece.byteLength;
    const sent = [...head, "content-length", String(length)];
    const pieces = body.length > 1 && length <= MAX_JOINED ? [Buffer.concat(body, length)] : body;
    const incoming = await sendRequest(target, { headers: sent, body: pieces, signal, timeoutMs });
    return toResponse(incoming, { url: href, method: "POST", signal });
  };
}
