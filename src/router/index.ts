export type { BreakerOptions } from "./breaker.ts";
export type { ModelTraits, RouterConstraints } from "./constraints.ts";
export { reliableModel } from "./reliable-model.ts";
export type { RateLimits } from "./rate-limit.ts";
export type { ReliableModelOptions } from "./reliable-options.ts";
export type { Route } from "./choose-model.ts";
export { Router } from "./router.ts";
export type { RouteFunction, RouterOptions, RouteStrategy } from "./router-options.ts";
export type { SimpleTaskRules } from "./simple-task.ts";
