import { sendRequest, toHttpTarget } from "./http-request.ts";
import { toResponse } from "./to-response.ts";

/** What all requests of a prepared POST share. */
export interface PreparedPostOptions {
  readonly headers: Headers;
  /** Milliseconds until the head of an answer must be there. @default no limit */
  readonly timeoutMs?: number;
}

/**
 * Sends a body, given in pieces that must not change before the answer is there, to the prepared address. Fails and
 * answers as `keepAliveFetch` does.
 */
export type PreparedPost = (body: readonly Uint8Array[], signal: AbortSignal) => Promise<Response>;

/**
 * Prepares a POST that is sent many times with other bodies: address and headers are worked out once, which leaves a
 * request at half the cost of `keepAliveFetch`. Rejects with a `DOMException` "TimeoutError" at the time limit.
 * Throws a `TypeError` for an address that is not HTTP(S) or carries credentials.
 */
export function preparePost(url: URL, { headers, timeoutMs }: PreparedPostOptions): PreparedPost {
  const target = toHttpTarget(url, "POST");
  const { href } = url;
  // Nothing here decompresses.
  const head = [...headers, ["host", url.host], ["accept-encoding", "identity"]].flat();
  return async (body, signal) => {
    signal.throwIfAborted();
    let length = 0;
    for (const piece of body) length += piece.byteLength;
    const sent = [...head, "content-length", String(length)];
    const incoming = await sendRequest(target, { headers: sent, body, signal, timeoutMs });
    return toResponse(incoming, { url: href, method: "POST", signal });
  };
}
