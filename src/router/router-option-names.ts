import type { KnownNames } from "../errors/index.ts";
import type { RouterOptions } from "./router-options.ts";

/** The names of all options of a router; whoever takes them from a host refuses every other. */
export const ROUTER_OPTION_NAMES: KnownNames<RouterOptions> = {
  strategy: true,
  models: true,
  fallbackChain: true,
  simpleTaskModel: true,
  simpleTask: true,
  constraints: true,
  breaker: true,
  rateLimits: true,
  hedge: true,
  prices: true,
  clock: true,
};
