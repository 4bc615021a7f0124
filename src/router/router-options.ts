import type { Clock, Model, ModelRequest, Prices } from "../spec/index.ts";
import type { BreakerOptions } from "./breaker.ts";
import type { RouterConstraints } from "./constraints.ts";
import type { RateLimits } from "./rate-limit.ts";
import type { SimpleTaskRules } from "./simple-task.ts";

/** Chooses among the models that may answer: an id, a model, or `undefined` for the first. */
export type RouteFunction = (request: ModelRequest, models: readonly Model[]) => Model | string | undefined;

/** How a router chooses. */
export type RouteStrategy = "manual" | "cost_optimized" | "quality_first" | "latency_first" | RouteFunction;

/** What a router is made from. */
export interface RouterOptions {
  /** @default "manual": the first model */
  readonly strategy?: RouteStrategy;
  /** The best first: `quality_first` and `manual` take the first. At least one. */
  readonly models: readonly Model[];
  /** Ids, providers or models that take over, in this order, when the chosen one fails before its first token. @default the other models */
  readonly fallbackChain?: readonly (string | Model)[];
  /** The model for simple tasks with `cost_optimized`. @default the cheapest */
  readonly simpleTaskModel?: string | Model;
  /** What counts as a simple task, or a function that says so. */
  readonly simpleTask?: SimpleTaskRules | ((request: ModelRequest) => boolean);
  /** Which models may answer a request at all: nothing gets across, neither a strategy nor a fallback. */
  readonly constraints?: RouterConstraints | ((model: Model, request: ModelRequest) => boolean);
  /** When a provider that fails is left alone for a while. `false` = never. */
  readonly breaker?: BreakerOptions | false;
  /** Requests and tokens a minute, by provider or `provider/id`; a call waits for its turn. */
  readonly rateLimits?: Readonly<Record<string, RateLimits>>;
  /** Ask the next model beside one that has said nothing for so long: who answers first counts, both are paid. @default never */
  readonly hedge?: { readonly afterMs: number };
  /** Prices and limits of models; models may bring their own in `info`. */
  readonly prices?: Prices;
  readonly clock?: Clock;
}
