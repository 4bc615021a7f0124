import type { ClientRequest, IncomingMessage } from "node:http";

import type { ByteSource } from "./byte-source.ts";
import { openRequest, type HttpTarget } from "./http-target.ts";

/** What a request carries besides its target. */
export interface HttpRequest {
  /** Names and values by turns, `host` and `content-length` included. */
  readonly headers: readonly string[];
  /** The body's bytes in pieces, which are not copied: they must not change before the answer is there. */
  readonly body: readonly Uint8Array[];
  readonly signal: AbortSignal | undefined;
  /** Milliseconds until the head of the answer must be there. @default no limit */
  readonly timeoutMs?: number | undefined;
  /**
   * Asked for what reading throws, which it rejects with, when the answer has no status of success or never comes.
   * @default an answer is read whatever its status
   */
  readonly explain?: ((refusal: Refusal) => Promise<never>) | undefined;
}

/** An answer without success, which can still be read, or why there is none. */
export type Refusal = { readonly incoming: IncomingMessage; readonly bytes: ByteSource } | { readonly error: unknown };

/** Chunks that may wait for a reader before the connection is told to pause. */
const MAX_WAITING = 16;

/**
 * A request over the platform's keep-alive agents, and the bytes of its answer. Reading throws `signal.reason` on abort,
 * a `DOMException` "TimeoutError" at the time limit, a `TypeError` "fetch failed" (with cause) when no answer comes and
 * one "terminated" when it breaks off. Whoever opens it reads it to its end or closes it: until then it holds a connection.
 */
export class HttpExchange implements ByteSource {
  readonly #signal: AbortSignal | undefined;
  readonly #explain: HttpRequest["explain"];
  readonly #outgoing: ClientRequest | undefined;
  #incoming: IncomingMessage | undefined;
  #timer: NodeJS.Timeout | undefined;
  #chunks: Uint8Array[] = [];
  #isEnded = false;
  /** The bytes flow from the moment on at which the head is there and somebody waits for them. */
  #isWanted = false;
  #isFlowing = false;
  #isRefused = false;
  #failure: { readonly reason: unknown } | undefined;
  #waiter: PromiseWithResolvers<void> | undefined;

  constructor(target: HttpTarget, { headers, body, signal, timeoutMs, explain }: HttpRequest) {
    this.#signal = signal;
    this.#explain = explain;
    if (signal?.aborted === true) {
      this.#fail(signal.reason);
      return;
    }
    try {
      this.#outgoing = openRequest(target, headers);
    } catch (cause) {
      this.#miss(new TypeError("fetch failed", { cause }));
      return;
    }
    this.#outgoing.on("response", (incoming) => this.#begin(incoming));
    // Stays for the request's whole life: a parser's error after the response would be uncaught otherwise.
    this.#outgoing.on("error", (cause) => this.#miss(new TypeError("fetch failed", { cause })));
    this.#outgoing.on("close", () => this.#leave());
    signal?.addEventListener("abort", this.#onAbort);
    if (timeoutMs !== undefined) this.#timer = setTimeout(() => this.#expire(), timeoutMs);
    writeBody(this.#outgoing, body);
  }

  get isEnded(): boolean {
    return this.#isEnded && this.#chunks.length === 0;
  }

  /** The head of the answer, once it is there. */
  async head(): Promise<IncomingMessage> {
    while (this.#incoming === undefined) await this.#change();
    return this.#incoming;
  }

  take(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    if (chunks.length > 0) this.#chunks = [];
    return chunks;
  }

  wait(): Promise<void> {
    if (this.#chunks.length > 0 || this.#isEnded) return Promise.resolve();
    const change = this.#change();
    this.#isWanted = true;
    if (this.#incoming !== undefined && this.#failure === undefined) this.#flow(this.#incoming);
    return change;
  }

  close(): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    // Whoever waits learns that nothing will come when it asks again.
    this.#wake();
    this.#break(new TypeError("terminated", { cause: new Error("closed") }));
  }

  /** The next thing that happens. */
  #change(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason as Error); // unchanged, whatever it is
    this.#waiter = Promise.withResolvers<void>();
    return this.#waiter.promise;
  }

  #wake(outcome?: Promise<never>): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.resolve(outcome);
  }

  #begin(incoming: IncomingMessage): void {
    clearTimeout(this.#timer);
    if (this.#failure !== undefined || this.#isRefused) {
      incoming.destroy();
      return;
    }
    const encoding = incoming.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      const cause = new Error(`Unasked-for content-encoding "${encoding}"`);
      this.#miss(new TypeError("fetch failed", { cause }));
      incoming.destroy();
      return;
    }
    this.#incoming = incoming;
    incoming.on("end", () => {
      this.#isEnded = true;
      // From here on the socket belongs to the agent again: an abort must not destroy it.
      this.#release();
      this.#wake();
    });
    incoming.on("close", () => {
      if (this.#isEnded) return;
      this.#fail(new TypeError("terminated", { cause: incoming.errored ?? new Error("aborted") }));
    });
    if (this.#isWanted) this.#flow(incoming);
    else this.#wake();
  }

  #flow(incoming: IncomingMessage): void {
    if (this.#isFlowing) {
      if (incoming.isPaused()) incoming.resume();
      return;
    }
    const explain = this.#explain;
    if (explain !== undefined && !this.#isRefused && !isSuccess(incoming)) {
      this.#isRefused = true;
      this.#wake(explain({ incoming, bytes: this }));
      return;
    }
    this.#isFlowing = true;
    incoming.on("data", (chunk: Uint8Array) => {
      if (this.#chunks.push(chunk) >= MAX_WAITING) incoming.pause();
      this.#wake();
    });
  }

  /** The connection is gone, also without any error: an answer that is none (an upgrade) ends so. */
  #leave(): void {
    if (this.#incoming !== undefined || this.#failure !== undefined) return;
    this.#miss(new TypeError("fetch failed", { cause: new Error("The connection was closed without an answer") }));
  }

  /** There is no answer, and there will be none. */
  #miss(error: unknown): void {
    // What ends an answer that has begun is told by the answer.
    if (this.#incoming !== undefined || this.#failure !== undefined || this.#isRefused) return;
    const explain = this.#explain;
    if (explain === undefined) {
      this.#fail(error);
      return;
    }
    this.#isRefused = true;
    this.#release();
    explain({ error }).catch((reason: unknown) => this.#fail(reason));
  }

  #expire(): void {
    this.#miss(new DOMException("The request timed out", "TimeoutError"));
    this.#outgoing?.destroy();
  }

  #fail(reason: unknown): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    this.#failure = { reason };
    this.#release();
    this.#waiter?.reject(reason);
  }

  /** Ends everything, also what has arrived and was not taken. */
  #break(reason: unknown): void {
    this.#chunks = [];
    this.#fail(reason);
    this.#outgoing?.destroy();
  }

  /** Lets go of the timer and the signal. */
  #release(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#break(this.#signal?.reason);
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** One write for head and pieces, as the platform does it by itself where there is but one. */
function writeBody(outgoing: ClientRequest, body: readonly Uint8Array[]): void {
  const last = body.length - 1;
  if (last > 0) outgoing.cork();
  for (let index = 0; index < last; index += 1) outgoing.write(body[index]);
  outgoing.end(body[last]);
}
