import { openSignalScope } from "../../async/index.ts";
import { readEventStream } from "../../net/index.ts";
import type { ModelStreamPart } from "../../spec/index.ts";
import type { AnswerFold } from "./answer-fold.ts";
import { flattenBatches } from "./flatten-batches.ts";
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
  return flattenBatches(streamBatches(call));
}

async function* streamBatches(call: AnswerCall): AsyncGenerator<readonly ModelStreamPart[], void, undefined> {
  const { provider, send, fold, signal } = call;
  signal.throwIfAborted();
  using scope = openSignalScope([signal]);
  let events: AsyncGenerator<readonly string[]> | undefined;
  let isClosed = false;
  try {
    events = readEventStream(await send(scope.signal));
    while (!fold.isDone && !isClosed) {
      const { done, value: payloads } = await events.next();
      isClosed = done === true;
      if (payloads !== undefined) yield* readPayloads(payloads, fold);
    }
    // A client that was aborted may end its stream quietly.
    signal.throwIfAborted();
    isClosed ||= await waitForClose(events);
    const rest: ModelStreamPart[] = [];
    const finish = fold.finish(rest);
    yield [...rest, finish];
  } catch (error) {
    throw toProviderError(error, { provider, signal });
  } finally {
    if (!isClosed) scope.abort(new DOMException("The answer is not read any further", "AbortError"));
    // For a `fetch` of the host that does not listen to the signal. Not awaited: it may still be waiting for bytes.
    if (!isClosed) void events?.return(undefined).catch(() => {});
  }
}

/** The parts of one chunk's events. What came before an event that fails is shown before the failure. */
function* readPayloads(
  payloads: readonly string[],
  fold: AnswerFold,
): Generator<readonly ModelStreamPart[], void, undefined> {
  const parts: ModelStreamPart[] = [];
  try {
    for (const payload of payloads) {
      if (fold.isDone) break;
      fold.push(payload, parts);
    }
  } catch (error) {
    if (parts.length > 0) yield parts;
    throw error;
  }
  if (parts.length > 0) yield parts;
  else if (!fold.isDone) yield PING;
}

/** Reads the end of a finished stream, so that the connection is whole again; false when the server keeps it open. */
async function waitForClose(events: AsyncGenerator<readonly string[]>): Promise<boolean> {
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
async function drain(events: AsyncGenerator<readonly string[]>): Promise<boolean> {
  try {
    while ((await events.next()).done !== true);
    return true;
  } catch {
    return false;
  }
}
