import type { Model } from "../../spec/index.ts";
import { checkModelId, readAnswer } from "../shared/index.ts";
import { Answer } from "./answer.ts";
import { openChat } from "./open-chat.ts";
import type { OllamaOptions } from "./options.ts";
import { PROVIDER } from "./provider.ts";
import { readLines } from "./read-lines.ts";
import { toWireRequest } from "./to-request.ts";

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
    stream: (request, { signal }) =>
      readAnswer({
        provider: PROVIDER,
        open: async (closing) => readLines(await openChat(settings, toWireRequest(request, settings), closing)),
        answer: new Answer(settings.model, request.messages),
        signal,
      }),
  };
}
