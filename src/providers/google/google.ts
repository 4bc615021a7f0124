import type { Model } from "../../spec/index.ts";
import { checkModelId, readAnswer } from "../shared/index.ts";
import { Answer } from "./answer.ts";
import { lazyStream } from "./client.ts";
import { readSdkError } from "./failure.ts";
import type { GoogleOptions } from "./options.ts";
import { PROVIDER } from "./provider.ts";
import { toWireRequest } from "./to-request.ts";

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
    stream: (request, { signal }) =>
      readAnswer({
        provider: PROVIDER,
        open: (closing) => openStream(toWireRequest(request, settings), closing),
        answer: new Answer(settings.model, request.messages),
        readError: readSdkError,
        signal,
      }),
  };
}
