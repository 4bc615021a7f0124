import { openSignalScope, raceSignal } from "../../async/index.ts";
import type { Model, ModelCallOptions, ModelRequest, ModelStreamPart } from "../../spec/index.ts";
import { Answer } from "./answer.ts";
import { toFailure } from "./failure.ts";
import { checkLanguageModel, type AiSdkLanguageModel, type AiSdkOptions, type AiSdkReader } from "./language-model.ts";
import { toCallOptions, type CallContext } from "./to-call-options.ts";

/**
 * A model over any language model object of the Vercel AI SDK (specification v2, v3 or v4). `provider` and `id` are those
 * of the object; prices come from `info`, since the catalogue does not know its names. Nothing of the AI SDK is loaded.
 * Throws a `TypeError` for anything but such an object.
 *
 * @example
 * ```ts
 * import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
 * import { aiSdk } from "harness-agent/providers/ai-sdk";
 *
 * const local = createOpenAICompatible({ name: "local", baseURL: "http://127.0.0.1:8000/v1" });
 * const model = aiSdk(local("qwen3"));
 * console.log(model.provider);
 * ```
 */
export function aiSdk(languageModel: AiSdkLanguageModel, options: AiSdkOptions = {}): Model {
  checkLanguageModel(languageModel);
  return {
    provider: languageModel.provider,
    id: languageModel.modelId,
    ...(options.info !== undefined && { info: options.info }),
    stream: (request, call) => streamAnswer(languageModel, options, { request, call }),
  };
}

async function* streamAnswer(
  languageModel: AiSdkLanguageModel,
  options: AiSdkOptions,
  { request, call: { signal } }: { readonly request: ModelRequest; readonly call: ModelCallOptions },
): AsyncGenerator<ModelStreamPart> {
  signal.throwIfAborted();
  using scope = openSignalScope([signal]);
  const answer = new Answer(languageModel);
  let reader: AiSdkReader | undefined;
  const cancel = (): void => void reader?.cancel(scope.signal.reason).catch(() => {});
  // A model that does not listen to the signal ends with its stream.
  scope.signal.addEventListener("abort", cancel, { once: true });
  try {
    reader = await openReader(request, { languageModel, options, signal: scope.signal });
    while (!answer.isComplete) {
      const { done, value } = await reader.read();
      if (done) break;
      yield answer.read(value);
    }
  } catch (error) {
    throw toFailure(error, { provider: languageModel.provider, signal });
  } finally {
    // Of a whole answer nothing is open any more; everything else is closed here.
    scope.abort(new DOMException("The answer is not read any further", "AbortError"));
  }
  // A stream that was cancelled ends as if it were whole.
  signal.throwIfAborted();
  yield answer.finish();
}

async function openReader(request: ModelRequest, context: CallContext): Promise<AiSdkReader> {
  const { languageModel, signal } = context;
  const callOptions = await toCallOptions(request, context);
  const pending = Promise.resolve(languageModel.doStream(callOptions));
  try {
    return (await raceSignal(pending, signal)).stream.getReader();
  } catch (error) {
    // A stream that opens too late must not stay open.
    if (signal.aborted) pending.then(({ stream }) => stream.getReader().cancel(signal.reason)).catch(() => {});
    throw error;
  }
}
