export { reliableModel, type ReliableModelOptions } from "./reliable-model.ts";
export type { Route } from "./choose-model.ts";
export { Router, type RouteFunction, type RouterOptions, type RouteStrategy } from "./router.ts";
