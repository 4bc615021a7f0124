import type { Model, ModelInfo } from "../../spec/index.ts";
import { streamAnswer } from "../shared/index.ts";
import type { WireOpener } from "./client.ts";
import { createBodyWriter } from "./request-body.ts";
import { createResponsesFold } from "./responses-fold.ts";
import { toMissingOutput, toResponsesItems } from "./responses-history.ts";
import { toResponsesSettings, toResponsesTool, type ResponsesRequestOptions } from "./responses-request.ts";

/** What a model behind the Responses API is made of. */
export interface ResponsesModelOptions extends Pick<
  ResponsesRequestOptions,
  "traits" | "reasoningSummary" | "maxOutputTokens"
> {
  readonly provider: string;
  readonly id: string;
  readonly info: ModelInfo | undefined;
  readonly wire: WireOpener;
}

/** A `Model` over OpenAI's Responses API, without state at the vendor. */
export function createResponsesModel(options: ResponsesModelOptions): Model {
  const { provider, id, info } = options;
  const wire = options.wire("/responses");
  const writer = createBodyWriter({
    historyKey: "input",
    toWire: (message) => toResponsesItems(message, provider),
    toolToWire: toResponsesTool,
    toMissingResult: toMissingOutput,
  });
  return {
    provider,
    id,
    ...(info === undefined ? {} : { info }),
    stream: (request, call) =>
      streamAnswer({
        provider,
        prepare: () => wire.open(),
        send: () => {
          const body = writer.write({
            settings: toResponsesSettings(request, { ...options, model: id, sessionId: call.sessionId }),
            tools: request.tools,
            history: request.messages,
          });
          return wire.send([body], call);
        },
        fold: createResponsesFold({ provider, id }),
        signal: call.signal,
      }),
  };
}
