import { openSignalScope } from "../../async/index.ts";
import type { Model, ModelCallOptions, ModelMessage, ModelRequest, ModelStreamPart } from "../../spec/index.ts";
import { checkModelId, toProviderError } from "../shared/index.ts";
import { Answer } from "./answer.ts";
import { openChat } from "./open-chat.ts";
import type { OllamaOptions } from "./options.ts";
import { PROVIDER } from "./provider.ts";
import { readLines } from "./read-lines.ts";
import { toWireRequest } from "./to-request.ts";

/** What a server may take to close a stream whose answer is complete; waiting lets the connection be used again. */
const CLOSE_MS = 1_000;

/**
 * A model of an Ollama server, over its native API. Imports the package `ollama` at the first call; retrying is left to
 * the caller. A model that the server does not have is a `ProviderError` that says how to get it.
 *
 * @example
 * ```ts
 * import { ollama } from "harness-agent/providers/ollama";
 *
 * const model = ollama({ model: "qwen3", modelOptions: { num_ctx: 32768 } });
 * console.log(model.provider);
 * ```
 */
export function ollama(options: OllamaOptions | string): Model {
  const settings = typeof options === "string" ? { model: options } : options;
  checkModelId(settings.model, "ollama");
  return {
    provider: PROVIDER,
    id: settings.model,
    ...(settings.info !== undefined && { info: settings.info }),
    stream: (request, call) => streamAnswer(settings, request, call),
  };
}

async function* streamAnswer(
  settings: OllamaOptions,
  request: ModelRequest,
  { signal }: ModelCallOptions,
): AsyncGenerator<ModelStreamPart> {
  signal.throwIfAborted();
  using scope = openSignalScope([signal]);
  const answer = new Answer({ modelId: settings.model, firstCallNumber: countCalls(request.messages) });
  let closing: NodeJS.Timeout | undefined;
  let isRead = false;
  try {
    const body = await openChat(settings, toWireRequest(request, settings), scope.signal);
    for await (const lines of readLines(body)) {
      for (const part of answer.read(lines)) yield part;
      if (answer.isComplete) closing ??= setTimeout(() => scope.abort(undefined), CLOSE_MS);
    }
    isRead = true;
  } catch (error) {
    // What breaks after the server's last word breaks nothing of the answer.
    if (!answer.isComplete) throw toProviderError(error, { provider: PROVIDER, signal });
  } finally {
    clearTimeout(closing);
    // Closes the connection of a reader that left; one that was read to its end is free already.
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
