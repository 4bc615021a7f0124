import { systemClock } from "../async/index.ts";
import { HarnessError, suggestName } from "../errors/index.ts";
import type { Model, ModelCallOptions, ModelInfo, ModelRequest, ModelStreamPart } from "../spec/index.ts";
import { createBreaker } from "./breaker.ts";
import { checkRouterOptions } from "./check-router-options.ts";
import { chooseModel, type Route } from "./choose-model.ts";
import { createLatency } from "./latency.ts";
import { nameOf } from "./model-name.ts";
import { createRateLimiter, type RateLimiter } from "./rate-limit.ts";
import type { RouterOptions } from "./router-options.ts";
import type { RouterParts } from "./router-parts.ts";
import { RouterStream } from "./router-stream.ts";

const STRATEGIES: readonly string[] = ["manual", "cost_optimized", "quality_first", "latency_first"];

/**
 * A model made of models: chooses one for a task and falls back to others before the first token, never after it, and
 * never to one that a constraint refuses. The same task keeps its model, unless something speaks against it, which the
 * reason then tells.
 */
export class Router implements Model {
  readonly provider: string;
  readonly id: string;
  readonly info?: ModelInfo;
  /** A silent member is left for the next one. */
  readonly watchesSilence = true;
  readonly #options: RouterOptions;
  readonly #parts: RouterParts;

  constructor(options: RouterOptions) {
    const first = checkRouterOptions(options);
    const { strategy = "manual", breaker = {}, clock = systemClock, prices } = options;
    if (typeof strategy !== "function" && !STRATEGIES.includes(strategy)) {
      throw new TypeError(`Unknown strategy "${String(strategy)}".${suggestName(String(strategy), STRATEGIES)}`);
    }
    this.#options = options;
    this.#parts = {
      clock,
      prices,
      breaker: breaker === false ? undefined : createBreaker(breaker, clock),
      latency: createLatency(clock),
      hedgeMs: options.hedge?.afterMs,
      rateOf: openRates(options),
    };
    this.provider = first.provider;
    this.id = first.id;
    if (first.info !== undefined) this.info = first.info;
  }

  /** The models that it chooses from. */
  get models(): readonly Model[] {
    return this.#options.models;
  }

  /** Which model would answer, which would take over, and why. Calls nobody. `economy`: as if the budget ran low. */
  explain(request: ModelRequest, { economy = false }: { readonly economy?: boolean } = {}): Route {
    const { latency, breaker } = this.#parts;
    return chooseModel(request, { options: this.#options, latency, breaker, economy });
  }

  /** The models in the order in which they would be asked. */
  route(request: ModelRequest, options: { readonly economy?: boolean } = {}): readonly Model[] {
    return this.explain(request, options).order;
  }

  /** Streams the answer of the chosen model, or of the next one in the chain. */
  stream(request: ModelRequest, options: ModelCallOptions): AsyncIterable<ModelStreamPart> {
    return {
      [Symbol.asyncIterator]: () => {
        const route = this.explain(request, options.economy === true ? { economy: true } : {});
        if (route.order.length === 0) {
          throw new HarnessError(`No model may answer: ${route.reason}`, { code: "model_not_found" });
        }
        return new RouterStream({ request, options, route, parts: this.#parts });
      },
    };
  }
}

/** Models of one entry share its limits. */
function openRates({ rateLimits = {}, clock = systemClock }: RouterOptions): (model: Model) => RateLimiter | undefined {
  const limiters = new Map(
    Object.entries(rateLimits).map(([name, limits]) => [name, createRateLimiter(limits, clock)] as const),
  );
  return (model) => limiters.get(nameOf(model)) ?? limiters.get(model.id) ?? limiters.get(model.provider);
}
