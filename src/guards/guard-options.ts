import type { KnownNames } from "../errors/index.ts";
import type { Clock } from "../spec/index.ts";
import type { AnomalyRule, Baseline } from "./anomaly-rule.ts";
import type { ToolBreakerOptions } from "./tool-breaker.ts";

/** Options of `createGuards`. */
export interface GuardOptions {
  /** Leaves tools alone that fail in the same way again and again. @default off */
  readonly toolBreaker?: ToolBreakerOptions;
  /** What of an agent's behaviour is odd, and what happens then. @default nothing */
  readonly anomalies?: readonly AnomalyRule[];
  /** What agents are used to, by name, from an earlier process: see `baselines()`. */
  readonly baselines?: Readonly<Record<string, Baseline>>;
  readonly clock?: Pick<Clock, "monotonic">;
}

/** The names of all of them; whoever takes them from a host refuses every other. */
export const GUARD_OPTION_NAMES: KnownNames<GuardOptions> = {
  toolBreaker: true,
  anomalies: true,
  baselines: true,
  clock: true,
};
