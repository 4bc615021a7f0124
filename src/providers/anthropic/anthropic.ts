import { openSignalScope } from "../../async/index.ts";
import { readEventStream } from "../../net/index.ts";
import type { Model, ModelCallOptions, ModelRequest, ModelStreamPart } from "../../spec/index.ts";
import { toProviderError } from "../shared/index.ts";
import { Answer } from "./answer.ts";
import { lazyClient } from "./client.ts";
import type { AnthropicClient, AnthropicOptions } from "./options.ts";
import { PROVIDER } from "./provider.ts";
import { createRequestWriter, type RequestWriter } from "./request-writer.ts";

/** What a server may take to close a stream whose answer is complete; waiting lets the connection be used again. */
const CLOSE_MS = 1_000;

/**
 * A model of Anthropic's Messages API. Imports `@anthropic-ai/sdk` at the first call, through whose client the requests
 * go (address, key, API version, errors). Prompts are marked for the vendor's cache; retrying is left to the caller.
 *
 * @example
 * const model = anthropic("claude-sonnet-5-5");
 */
export function anthropic(options: AnthropicOptions | string): Model {
  const settings = typeof options === "string" ? { model: options } : options;
  const connection = { id: settings.model, openClient: lazyClient(settings), writer: createRequestWriter(settings) };
  return {
    provider: PROVIDER,
    id: settings.model,
    ...(settings.info !== undefined && { info: settings.info }),
    stream: (request, call) => streamAnswer(connection, request, call),
  };
}

interface Connection {
  readonly id: string;
  readonly openClient: () => Promise<AnthropicClient>;
  readonly writer: RequestWriter;
}

async function* streamAnswer(
  connection: Connection,
  request: ModelRequest,
  { signal }: ModelCallOptions,
): AsyncGenerator<ModelStreamPart> {
  using scope = openSignalScope([signal]);
  const answer = new Answer(connection.id);
  let closing: NodeJS.Timeout | undefined;
  let isRead = false;
  try {
    const response = await send(connection, request, scope.signal);
    for await (const batch of readEventStream(response.body ?? NO_BYTES)) {
      if (batch.length === 0) yield { type: "ping" };
      for (const part of answer.read(batch)) yield part;
      if (answer.isComplete) closing ??= setTimeout(() => scope.abort(undefined), CLOSE_MS);
    }
    isRead = true;
  } catch (error) {
    // What breaks after the terminal event breaks nothing of the answer.
    if (!answer.isComplete) throw toProviderError(error, { provider: PROVIDER, signal });
  } finally {
    clearTimeout(closing);
    // Closes the connection of a reader that left; one that was read to its end is free already.
    if (!isRead) scope.abort(new DOMException("The reader left the stream", "AbortError"));
  }
  signal.throwIfAborted();
  yield answer.finish();
}

async function send(connection: Connection, request: ModelRequest, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  const client = await connection.openClient();
  const body = await connection.writer.write(request);
  const headers = { "content-type": "application/json" };
  return client.post("/v1/messages", { body, headers, stream: true, maxRetries: 0, signal }).asResponse();
}

const NO_BYTES: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };
