import { describeError, HarnessError, mayBeBilled, ProviderError, suggestName } from "../errors/index.ts";
import type { Model, ModelCallOptions, ModelInfo, ModelRequest, ModelStreamPart } from "../spec/index.ts";
import { chooseModel, type Route } from "./choose-model.ts";
import { isContent } from "./is-content.ts";
import { reliableModel } from "./reliable-model.ts";
import type { RouterOptions } from "./router-options.ts";

const STRATEGIES: readonly string[] = ["manual", "cost_optimized", "quality_first", "latency_first"];

/**
 * A model made of models: chooses one for a task and falls back to others before the first token, never after it. The
 * choice depends on the task alone, so that a run does not change its model on the way.
 */
export class Router implements Model {
  readonly provider: string;
  readonly id: string;
  readonly info?: ModelInfo;
  /** A silent member is left for the next one. */
  readonly watchesSilence = true;
  readonly #options: RouterOptions;
  /** Milliseconds to the first part, smoothed, by `provider/id`. */
  readonly #latency = new Map<string, number>();

  constructor(options: RouterOptions) {
    const [first] = options.models;
    if (first === undefined) throw new TypeError("A router needs at least one model: pass models");
    const { strategy = "manual" } = options;
    if (typeof strategy !== "function" && !STRATEGIES.includes(strategy)) {
      throw new TypeError(`Unknown strategy "${String(strategy)}".${suggestName(String(strategy), STRATEGIES)}`);
    }
    this.#options = options;
    this.provider = first.provider;
    this.id = first.id;
    if (first.info !== undefined) this.info = first.info;
  }

  /** The models that it chooses from. */
  get models(): readonly Model[] {
    return this.#options.models;
  }

  /** Which model would answer, which would take over, and why. Calls nobody. */
  explain(request: ModelRequest): Route {
    return chooseModel(request, this.#options, this.#latency);
  }

  /** Streams the answer of the chosen model, or of the next one in the chain. */
  async *stream(request: ModelRequest, options: ModelCallOptions): AsyncGenerator<ModelStreamPart> {
    const route = this.explain(request);
    const [first] = route.order;
    if (first === undefined) {
      throw new HarnessError(`No model may answer: ${route.reason}`, { code: "model_not_found" });
    }
    yield { type: "model-select", provider: first.provider, id: first.id, reason: route.reason };
    for (const [index, model] of route.order.entries()) {
      const seen = { content: false };
      try {
        yield* this.#streamTimed(model, { request, options }, seen);
        return;
      } catch (error) {
        const next = route.order[index + 1];
        options.signal.throwIfAborted();
        if (seen.content || next === undefined || !mayFallBack(error)) throw error;
        const name = `${next.provider}/${next.id}`;
        yield {
          type: "model-fallback",
          from: `${model.provider}/${model.id}`,
          to: name,
          error: describeError(error),
          mayBeBilled: mayBeBilled(error),
        };
      }
    }
  }

  async *#streamTimed(
    model: Model,
    { request, options }: { readonly request: ModelRequest; readonly options: ModelCallOptions },
    seen: { content: boolean },
  ): AsyncGenerator<ModelStreamPart> {
    const startedAt = performance.now();
    const member = reliableModel(model, { ...options.silence, maxRetries: 0 });
    for await (const part of member.stream(request, options)) {
      if (!seen.content && isContent(part)) {
        seen.content = true;
        const key = `${model.provider}/${model.id}`;
        const before = this.#latency.get(key) ?? performance.now() - startedAt;
        this.#latency.set(key, before * 0.7 + (performance.now() - startedAt) * 0.3);
      }
      yield part;
    }
  }
}

/** Another vendor can help when this one is down, busy, not allowed or not installed; not when the request is wrong. */
function mayFallBack(error: unknown): boolean {
  if (ProviderError.isInstance(error)) {
    return error.isRetryable || error.status === 401 || error.status === 403 || error.status === 404;
  }
  return HarnessError.isInstance(error) && (error.code === "credentials_missing" || error.code === "package_missing");
}
