import type { Model, ModelInfo } from "../../spec/index.ts";
import { checkModelId, openLate, streamAnswer } from "../shared/index.ts";
import { Answer } from "./answer.ts";
import { openWire } from "./client.ts";
import type { AnthropicOptions } from "./options.ts";
import { PROVIDER } from "./provider.ts";
import { createRequestWriter } from "./request-writer.ts";

/**
 * A model of Anthropic's Messages API. Requests carry the head and failures are the errors of `@anthropic-ai/sdk`, which
 * must be installed; the package is loaded where its client is needed: a `fetch` of one's own, a failure. Prompts are
 * marked for the vendor's cache; retrying is left to the caller.
 *
 * @example
 * const model = anthropic("claude-sonnet-5-5");
 */
export function anthropic(options: AnthropicOptions | string): Model {
  const settings = typeof options === "string" ? { model: options } : options;
  checkModelId(settings.model, "anthropic");
  const wire = openLate(() => openWire(settings));
  const writer = createRequestWriter(settings);
  return {
    provider: PROVIDER,
    id: settings.model,
    ...(settings.info !== undefined && { info: priceCache(settings.info, settings.promptCache) }),
    stream: (request, call) =>
      streamAnswer({
        provider: PROVIDER,
        prepare: () => wire.open() ?? writer.prepare(request),
        send: () => wire.send(writer.write(request), call),
        fold: new Answer(settings.model),
        signal: call.signal,
      }),
  };
}

/** What is written to a cache that keeps it for an hour costs more: whoever plans a call must count with that. */
function priceCache(info: ModelInfo, promptCache: AnthropicOptions["promptCache"]): ModelInfo {
  const { pricing } = info;
  if (promptCache !== "1h" || pricing?.cacheWrite1h === undefined) return info;
  return { ...info, pricing: { ...pricing, cacheWrite: pricing.cacheWrite1h } };
}
