export { reliableModel } from "./reliable-model.ts";
export type { ReliableModelOptions } from "./reliable-options.ts";
export type { Route } from "./choose-model.ts";
export { Router } from "./router.ts";
export type { RouteFunction, RouterOptions, RouteStrategy } from "./router-options.ts";
