import type { ByteSource } from "./byte-source.ts";
import { HttpExchange } from "./http-exchange.ts";
import { toHttpTarget } from "./http-target.ts";
import { toResponse } from "./to-response.ts";

/** What all requests of a prepared POST share. */
export interface PreparedPostOptions {
  /** Values by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Rejects with what reading throws when there is no answer with a status of success. */
  readonly explain: (refusal: PostRefusal) => Promise<never>;
}

/** How one request of a prepared POST is sent. */
export interface PostOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the head of the answer must be there. @default no limit */
  readonly timeoutMs?: number | undefined;
}

/** A request that got no answer with a status of success. */
export interface PostRefusal {
  readonly body: readonly Uint8Array[];
  readonly signal: AbortSignal;
  /** The answer that it got; rejects, as `keepAliveFetch` does, when it got none. */
  readonly outcome: () => Promise<Response>;
}

/**
 * Sends a body, given in pieces that must not change before the answer is there, to the prepared address, and gives the
 * answer's bytes. Reading them throws `signal.reason` on abort, what `explain` makes of a refusal (at the time limit a
 * `DOMException` "TimeoutError"), and a `TypeError` "terminated" when the answer breaks off.
 */
export type PreparedPost = (body: readonly Uint8Array[], options: PostOptions) => ByteSource;

/** Bytes up to which copying the pieces of a body into one costs less than writing them one by one. */
const MAX_JOINED = 64 * 1024;

/**
 * Prepares a POST that is sent many times with other bodies: address and headers are worked out once, and
 * what is dear in a `fetch` (`URL`, `Headers`, `Request`, `Response`) is left out.
 * Throws a `TypeError` for an address that is not HTTP(S) or carries credentials.
 */
export function preparePost(url: URL, { headers, explain }: PreparedPostOptions): PreparedPost {
  const target = toHttpTarget(url, "POST");
  const { href } = url;
  // Nothing here decompresses, and the length is each body's own.
  const fixed = new Map([["host", url.host], ...headers, ["accept-encoding", "identity"]]);
  fixed.delete("content-length");
  // The platform writes the head at once and leaves the list alone: all requests share it, and only the length is another.
  const head = [...fixed, ["content-length", ""]].flat();
  return (body, { signal, timeoutMs }) => {
    let length = 0;
    for (const piece of body) length += piece.byteLength;
    head[head.length - 1] = String(length);
    return new HttpExchange(target, {
      headers: head,
      body: body.length > 1 && length <= MAX_JOINED ? [Buffer.concat(body, length)] : body,
      signal,
      timeoutMs,
      explain: (refusal) =>
        explain({
          body,
          signal,
          outcome: () =>
            "error" in refusal
              ? Promise.reject(refusal.error as Error) // unchanged, whatever it is
              : Promise.resolve(toResponse(refusal.incoming, { url: href, method: "POST", bytes: refusal.bytes })),
        }),
    });
  };
}
