import type { Model, ModelRequest, Prices } from "../spec/index.ts";

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
  /** Which models may answer a request at all, such as by residency. */
  readonly constraints?: (model: Model, request: ModelRequest) => boolean;
  /** Prices for `cost_optimized`; models may bring their own in `info`. */
  readonly prices?: Prices;
}
