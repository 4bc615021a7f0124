export { reliableModel, type ReliableModelOptions } from "./reliable-model.ts";
export type { Route } from "./choose-model.ts";
export { Router } from "./router.ts";
export type { RouteFunction, RouterOptions, RouteStrategy } from "./router-options.ts";
