import { openSignalScope } from "../../async/index.ts";
import type { Model, ModelCallOptions, ModelMessage, ModelRequest, ModelStreamPart } from "../../spec/index.ts";
import { checkModelId, toProviderError } from "../shared/index.ts";
import { Answer } from "./answer.ts";
import { lazyStream, type OpenStream } from "./client.ts";
import { readSdkError } from "./failure.ts";
import type { GoogleOptions } from "./options.ts";
import { PROVIDER } from "./provider.ts";
import { toWireRequest } from "./to-request.ts";

/** What a server may take to close a stream whose answer is complete; waiting lets the connection be used again. */
const CLOSE_MS = 1_000;

/**
 * A model of Google's Gemini API. Imports `@google/genai` at the first call, unless a client is given; retrying is left to
 * the caller. Throws a `TypeError` for a `fetch` that the given client cannot use.
 *
 * @example
 * ```ts
 * import { google } from "harness-agent/providers/google";
 *
 * const model = google("gemini-3.8-flash");
 * console.log(model.provider);
 * ```
 */
export function google(options: GoogleOptions | string): Model {
  const settings = typeof options === "string" ? { model: options } : options;
  checkModelId(settings.model, "google");
  const openStream = lazyStream(settings);
  return {
    provider: PROVIDER,
    id: settings.model,
    ...(settings.info !== undefined && { info: settings.info }),
    stream: (request, call) => streamAnswer({ settings, openStream }, request, call),
  };
}

interface Connection {
  readonly settings: GoogleOptions;
  readonly openStream: OpenStream;
}

async function* streamAnswer(
  { settings, openStream }: Connection,
  request: ModelRequest,
  { signal }: ModelCallOptions,
): AsyncGenerator<ModelStreamPart> {
  // One of the SDKs sends the request all the same.
  signal.throwIfAborted();
  using scope = openSignalScope([signal]);
  const answer = new Answer({ modelId: settings.model, firstCallNumber: countCalls(request.messages) });
  let closing: NodeJS.Timeout | undefined;
  let isOpen = false;
  let isRead = false;
  try {
    const chunks = await openStream(toWireRequest(request, settings), scope.signal);
    isOpen = true;
    for await (const chunk of chunks) {
      for (const part of answer.read(chunk)) yield part;
      if (answer.isComplete) closing ??= setTimeout(() => scope.abort(undefined), CLOSE_MS);
    }
    isRead = true;
  } catch (error) {
    // What breaks after the vendor's last word breaks nothing of the answer.
    if (!answer.isComplete) throw toProviderError(readSdkError(error, { isOpen }), { provider: PROVIDER, signal });
  } finally {
    clearTimeout(closing);
    // Both SDKs leave the connection open when their reader leaves.
    if (!isRead) scope.abort(new DOMException("The reader left the stream", "AbortError"));
  }
  signal.throwIfAborted();
  yield answer.finish();
}

function countCalls(messages: readonly ModelMessage[]): number {
  let count = 0;
  for (const message of messages) {
    if (message.role !== "assistant") continue;
    for (const part of message.content) if (part.type === "tool-call") count += 1;
  }
  return count;
}
