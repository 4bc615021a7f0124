import { openSignalScope } from "../../async/index.ts";
import { readEventStream } from "../../net/event-stream.ts";
import type { ModelStreamPart } from "../../spec/index.ts";
import { toProviderError, truncatedStream } from "../shared/to-provider-error.ts";
import type { AnswerFold } from "./answer-fold.ts";
import type { OpenAIClient } from "./client.ts";

/** One call to a model. */
export interface AnswerCall {
  readonly provider: string;
  readonly open: () => Promise<OpenAIClient>;
  readonly path: string;
  /** Makes the body; throws before anything is sent when the request cannot be. */
  readonly toBody: () => Uint8Array;
  readonly fold: AnswerFold;
  readonly signal: AbortSignal;
}

/** Milliseconds that a server has to close the stream after its last event, so that the connection can be kept. */
const CLOSE_MS = 500;

/**
 * Sends a request and streams its answer. Throws `signal.reason` on abort and a `ProviderError` for every failure; the
 * connection is closed whatever way the reader leaves.
 */
export async function* streamAnswer(call: AnswerCall): AsyncGenerator<ModelStreamPart, void, undefined> {
  const { provider, fold, signal } = call;
  signal.throwIfAborted();
  using scope = openSignalScope([signal]);
  const parts: ModelStreamPart[] = [];
  let events: AsyncGenerator<readonly string[]> | undefined;
  let isClosed = false;
  try {
    events = readEventStream(await send(call, scope.signal));
    while (!fold.isDone && !isClosed) {
      const { done, value: payloads = [] } = await events.next();
      isClosed = done === true;
      for (const payload of payloads) {
        if (fold.isDone) break;
        fold.push(payload, parts);
        for (const part of parts) yield part;
        parts.length = 0;
      }
    }
    // A client that was aborted may end its stream quietly.
    signal.throwIfAborted();
    isClosed ||= await waitForClose(events);
    const finish = fold.finish(parts);
    for (const part of parts) yield part;
    yield finish;
  } catch (error) {
    throw toProviderError(error, { provider, signal });
  } finally {
    if (!isClosed) scope.abort(new DOMException("The answer is not read any further", "AbortError"));
    // For a `fetch` of the host that does not listen to the signal. Not awaited: it may still be waiting for bytes.
    if (!isClosed) void events?.return(undefined).catch(() => {});
  }
}

async function send(
  { provider, open, path, toBody }: AnswerCall,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const body = toBody();
  const client = await open();
  const headers = { "content-type": "application/json" };
  const response = await client.post(path, { body, headers, stream: true, maxRetries: 0, signal }).asResponse();
  if (response.body === null) throw truncatedStream(provider, "the answer has no body");
  return response.body;
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
