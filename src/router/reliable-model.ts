import type { Model } from "../spec/index.ts";
import type { ReliableModelOptions } from "./reliable-options.ts";
import { ReliableStream } from "./reliable-stream.ts";

/**
 * The one place where model calls are retried and timed: a model made of a model. A retry honours `retry-after` and
 * never happens once a token reached the reader; silence is a retryable `ProviderError`, also of a model that does
 * not listen to its signal.
 */
export function reliableModel(model: Model, options: ReliableModelOptions = {}): Model {
  return {
    provider: model.provider,
    id: model.id,
    ...(model.info === undefined ? {} : { info: model.info }),
    ...(model.route === undefined ? {} : { route: (request, about) => model.route?.(request, about) ?? [] }),
    stream: (request, call) => new ReliableStream(model, { request, call, options }),
  };
}
