import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { urlToHttpOptions } from "node:url";

/** Where a request goes; made once for all requests to one address. */
export interface HttpTarget {
  /** `http:` or `https:`. */
  readonly protocol: string | null | undefined;
  readonly options: RequestOptions;
}

/** What a request carries besides its target. */
export interface HttpRequest {
  /** Names and values by turns, `host` and `content-length` included. */
  readonly headers: readonly string[];
  /** The body's bytes in pieces, which are not copied: they must not change before the answer is there. */
  readonly body: readonly Uint8Array[];
  readonly signal: AbortSignal | undefined;
  /** Milliseconds until the head of the answer must be there. @default no limit */
  readonly timeoutMs?: number | undefined;
}

/** Prepares a target. Throws a `TypeError` "fetch failed" for an address that carries credentials or is not HTTP(S). */
export function toHttpTarget(url: URL, method: string): HttpTarget {
  if (url.username !== "" || url.password !== "") throw refuse("The URL includes credentials");
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw refuse(`The scheme "${url.protocol}" is not supported`);
  }
  const { protocol, hostname, port, path } = urlToHttpOptions(url);
  return { protocol, options: { protocol, hostname, port, path, method } };
}

/**
 * Sends a request over the platform's keep-alive agents and gives the answer once its head is there. Rejects with
 * `signal.reason` on abort, with a `DOMException` "TimeoutError" at the time limit and with a `TypeError` "fetch failed"
 * (with cause) when no answer came. An abort also breaks an answer off that is still being read.
 */
export function sendRequest(target: HttpTarget, request: HttpRequest): Promise<IncomingMessage> {
  const { headers, body, signal } = request;
  return new Promise((resolve, reject) => {
    // The signal may have fired while the body was prepared.
    signal?.throwIfAborted();
    const outgoing = open(target, headers);
    const watch = watchLimits(request, (reason) => {
      reject(reason as Error); // the reason goes on unchanged, whatever it is
      // Also ends a response that is being read: it lives on the same socket.
      outgoing.destroy();
    });
    outgoing.once("close", watch.release);
    outgoing.once("response", (incoming) => {
      watch.stopTimer();
      // From the end on the socket belongs to the agent again: an abort must not destroy it.
      incoming.once("end", watch.release);
      resolve(incoming);
    });
    // Stays for the request's whole life: a parser's error after the response would be uncaught otherwise.
    outgoing.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
    // One write for head and pieces.
    outgoing.cork();
    for (const piece of body) outgoing.write(piece);
    outgoing.end();
  });
}

interface LimitWatch {
  stopTimer(): void;
  /** Lets go of the timer and the signal. */
  readonly release: () => void;
}

/** Calls `fail` once, with the reason, when the signal fires or the time is up. */
function watchLimits(
  { signal, timeoutMs }: Pick<HttpRequest, "signal" | "timeoutMs">,
  fail: (reason: unknown) => void,
): LimitWatch {
  let timer: NodeJS.Timeout | undefined;
  const stopTimer = (): void => clearTimeout(timer);
  const release = (): void => {
    stopTimer();
    signal?.removeEventListener("abort", onAbort);
  };
  const end = (reason: unknown): void => {
    release();
    fail(reason);
  };
  const onAbort = (): void => end(signal?.reason);
  if (timeoutMs !== undefined) {
    timer = setTimeout(() => end(new DOMException("The request timed out", "TimeoutError")), timeoutMs);
  }
  signal?.addEventListener("abort", onAbort);
  return { stopTimer, release };
}

/** `node:https` loads TLS, so each module is loaded at its first use. */
function open({ protocol, options }: HttpTarget, headers: readonly string[]): ClientRequest {
  try {
    const name = protocol === "https:" ? "node:https" : "node:http";
    return process.getBuiltinModule(name).request({ ...options, headers });
  } catch (cause) {
    throw new TypeError("fetch failed", { cause });
  }
}

function refuse(reason: string): TypeError {
  return new TypeError("fetch failed", { cause: new Error(reason) });
}
