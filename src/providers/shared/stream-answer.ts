import { openSignalScope, type SignalScope } from "../../async/index.ts";
import { openEventReader, type EventReader } from "../../net/index.ts";
import type { ModelStreamPart } from "../../spec/index.ts";
import type { AnswerFold } from "./answer-fold.ts";
import { flattenBatches, type BatchSource } from "./flatten-batches.ts";
import { toProviderError } from "./to-provider-error.ts";

/** One call to a model that answers with an event stream. */
export interface AnswerCall {
  readonly provider: string;
  /** Sends the request; throws before anything is sent when it cannot be written. */
  readonly send: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  readonly fold: AnswerFold;
  readonly signal: AbortSignal;
}

/** Milliseconds that a server has to close the stream after its last event, so that the connection can be kept. */
const CLOSE_MS = 500;

/** What a chunk becomes that shows nothing: a keep-alive, pieces of a tool call's arguments. */
const PING: readonly ModelStreamPart[] = [{ type: "ping" }];

/**
 * Sends a request and streams its answer. Throws `signal.reason` on abort and a `ProviderError` for every failure; the
 * connection is closed whatever way the reader leaves. A chunk of which nothing can be shown is one `ping`.
 */
export function streamAnswer(call: AnswerCall): AsyncIterable<ModelStreamPart> {
  return flattenBatches(new AnswerBatches(call));
}

/** The parts of an answer, those of one chunk together. By hand: every delta of every answer passes here. */
class AnswerBatches implements BatchSource<ModelStreamPart> {
  readonly #call: AnswerCall;
  /** Opened with the first question: an answer that nobody reads must not hang on the caller's signal. */
  #scope: SignalScope | undefined;
  #events: EventReader | undefined;
  /** An event failed; what came before it in the same chunk is shown first. */
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;

  constructor(call: AnswerCall) {
    this.#call = call;
  }

  async next(): Promise<readonly ModelStreamPart[] | undefined> {
    if (this.#isOver) return undefined;
    try {
      return await this.#read();
    } catch (error) {
      this.close();
      throw toProviderError(error, this.#call);
    }
  }

  /** Closes the connection, if the answer has not been read to its end. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#scope?.abort(new DOMException("The answer is not read any further", "AbortError"));
    // For a `fetch` of the host that does not listen to the signal.
    this.#events?.close();
    this.#scope?.[Symbol.dispose]();
  }

  async #read(): Promise<readonly ModelStreamPart[]> {
    const { send, fold, signal } = this.#call;
    if (this.#failure !== undefined) throw this.#failure.error;
    signal.throwIfAborted();
    this.#scope ??= openSignalScope([signal]);
    this.#events ??= openEventReader(await send(this.#scope.signal));
    const payloads = fold.isDone ? undefined : await this.#events.next();
    if (payloads === undefined) return await this.#finish(this.#events);
    const parts = this.#take(payloads);
    if (parts.length > 0) return parts;
    return fold.isDone ? await this.#finish(this.#events) : PING;
  }

  #take(payloads: readonly string[]): readonly ModelStreamPart[] {
    const { fold } = this.#call;
    const parts: ModelStreamPart[] = [];
    try {
      for (const payload of payloads) {
        if (fold.isDone) break;
        fold.push(payload, parts);
      }
    } catch (error) {
      if (parts.length === 0) throw error;
      this.#failure = { error };
    }
    return parts;
  }

  async #finish(events: EventReader): Promise<readonly ModelStreamPart[]> {
    const { fold, signal } = this.#call;
    // A client that was aborted may end its stream quietly.
    signal.throwIfAborted();
    const isClosed = await waitForClose(events);
    const parts: ModelStreamPart[] = [];
    const finish = fold.finish(parts);
    parts.push(finish);
    if (!isClosed) this.close();
    this.#isOver = true;
    this.#scope?.[Symbol.dispose]();
    return parts;
  }
}

/** Reads the end of a finished stream, so that the connection is whole again; false when the server keeps it open. */
async function waitForClose(events: EventReader): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS, false);
  });
  try {
    return await Promise.race([drain(events), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The answer is complete already: a failure of the connection now takes nothing away from it. */
async function drain(events: EventReader): Promise<boolean> {
  try {
    while ((await events.next()) !== undefined);
    return true;
  } catch {
    return false;
  }
}
