import type { ByteSource } from "../../net/byte-source.ts";
import { EventParser } from "../../net/event-stream.ts";
import type { ModelStreamPart, PartIterator } from "../../spec/index.ts";
import type { AnswerFold } from "./answer-fold.ts";
import { toProviderError, truncatedStream } from "./to-provider-error.ts";

/** One call to a model that answers with an event stream. */
export interface AnswerCall {
  readonly provider: string;
  /** Loads what sending needs; `undefined` when everything is there. */
  readonly prepare: () => Promise<unknown> | undefined;
  /** Sends the request; throws before anything is sent when it cannot be written. */
  readonly send: () => ByteSource;
  readonly fold: AnswerFold;
  readonly signal: AbortSignal;
}

/**
 * Sends a request and streams its answer. Throws `signal.reason` on abort and a `ProviderError` for every failure; the
 * connection is closed whatever way the reader leaves. A chunk of which nothing can be shown is one `ping`.
 */
export function streamAnswer(call: AnswerCall): AsyncIterable<ModelStreamPart> {
  return new AnswerStream(call);
}

type Step = IteratorResult<ModelStreamPart, undefined>;

const DONE: Step = { done: true, value: undefined };

/** What becomes of bytes that show nothing: a keep-alive, pieces of a tool call's arguments. */
const PING: ModelStreamPart = { type: "ping" };

/** Milliseconds that a server has to close the stream after its last event, so that the connection can be kept. */
const CLOSE_MS = 500;

/**
 * The parts of an answer, from the bytes to the reader without anything between: every delta of every answer passes
 * here. The request is sent at the first question: an answer that nobody reads must not hang on the caller's signal.
 */
class AnswerStream implements PartIterator, AsyncIterable<ModelStreamPart> {
  readonly #call: AnswerCall;
  readonly #events = new EventParser();
  #bytes: ByteSource | undefined;
  /** What has been read, and how much of it the reader took. */
  #parts: ModelStreamPart[] = [];
  #taken = 0;
  /** An event failed; what came before it in the same chunk is shown first. */
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;
  /** Questions that have no answer yet. */
  #questions = 0;
  #latest: Promise<Step> | undefined;

  constructor(call: AnswerCall) {
    this.#call = call;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  ready(): ModelStreamPart | undefined {
    // Whoever asked before must get its part first.
    return this.#questions === 0 ? this.#take() : undefined;
  }

  next(): Promise<Step> {
    const part = this.ready();
    if (part !== undefined) return Promise.resolve({ done: false, value: part });
    const before = this.#questions === 0 ? undefined : this.#latest;
    this.#questions += 1;
    this.#latest = this.#pull(before);
    return this.#latest;
  }

  return(): Promise<Step> {
    this.#parts = [];
    this.#close();
    return Promise.resolve(DONE);
  }

  #take(): ModelStreamPart | undefined {
    const part = this.#parts[this.#taken];
    if (part !== undefined) this.#taken += 1;
    return part;
  }

  async #pull(before: Promise<Step> | undefined): Promise<Step> {
    try {
      if (before !== undefined) await before.catch(() => {});
      for (;;) {
        const value = this.#take();
        if (value !== undefined) return { done: false, value };
        if (this.#isOver) return DONE;
        const pending = this.#advance();
        if (pending !== undefined) await pending;
      }
    } catch (error) {
      this.#close();
      throw toProviderError(error, this.#call);
    } finally {
      this.#questions -= 1;
    }
  }

  /** Goes one step towards the next part; a promise when there is something to wait for. */
  #advance(): Promise<unknown> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { fold, prepare, send, signal } = this.#call;
    // A client that was aborted may end its stream quietly.
    signal.throwIfAborted();
    if (this.#bytes === undefined) {
      const pending = prepare();
      if (pending !== undefined) return pending;
      this.#bytes = send();
    }
    const bytes = this.#bytes;
    const chunks = fold.isDone ? [] : bytes.take();
    if (chunks.length > 0) this.#read(chunks, bytes);
    else if (bytes.isEnded) this.#finish();
    else return fold.isDone ? this.#finishLate(bytes) : bytes.wait();
    return undefined;
  }

  /** What came of the chunks is shown, also when one of their events fails then. */
  #read(chunks: readonly Uint8Array[], bytes: ByteSource): void {
    const { fold } = this.#call;
    const parts: ModelStreamPart[] = [];
    this.#parts = parts;
    this.#taken = 0;
    try {
      let isAlive = false;
      for (const chunk of chunks) if (this.#readEvents(chunk)) isAlive = true;
      if (!fold.isDone) {
        if (isAlive && parts.length === 0) parts.push(PING);
      } else if (bytes.isEnded) {
        this.#finish();
      }
    } catch (error) {
      if (parts.length === 0) throw error;
      this.#failure = { error };
    }
  }

  /** False when the chunk told nothing at all yet. */
  #readEvents(chunk: Uint8Array): boolean {
    const { fold } = this.#call;
    const payloads = this.#events.read(chunk);
    if (payloads === undefined) return false;
    for (const payload of payloads) if (!fold.isDone) fold.push(payload, this.#parts);
    return true;
  }

  /** The whole answer is there. */
  #finish(): void {
    const { foreign } = this.#events;
    if (foreign !== "") refuseBody(foreign, this.#call);
    this.#parts.push(this.#call.fold.finish(this.#parts));
    this.#close();
  }

  /** Reads the end of a finished stream, so that the connection is whole again, unless the server keeps it open. */
  async #finishLate(bytes: ByteSource): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([drain(bytes), limit]);
    clearTimeout(timer);
    this.#finish();
  }

  /** Closes the connection, if the answer has not been read to its end. */
  #close(): void {
    this.#isOver = true;
    this.#bytes?.close();
  }
}

/** What came in place of events under a status of success: an error of the vendor as plain JSON, a page of a proxy. */
function refuseBody(body: string, { fold, provider }: AnswerCall): never {
  // Throws what the vendor says, if it says it.
  if (body.startsWith("{")) fold.push(body, []);
  throw truncatedStream(provider, `it is no event stream: ${body.slice(0, 200)}`);
}

/** The answer is complete already: a failure of the connection now takes nothing away from it. */
async function drain(bytes: ByteSource): Promise<void> {
  try {
    for (; !bytes.isEnded; bytes.take()) await bytes.wait();
  } catch {
    // See above.
  }
}
