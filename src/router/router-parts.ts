import type { Clock, Model, Prices } from "../spec/index.ts";
import type { Breaker } from "./breaker.ts";
import type { Latency } from "./latency.ts";
import type { RateLimiter } from "./rate-limit.ts";

/** What a router remembers between calls, and what its calls work with. */
export interface RouterParts {
  readonly clock: Clock;
  readonly prices: Prices | undefined;
  readonly breaker: Breaker | undefined;
  readonly latency: Latency;
  /** Milliseconds of silence after which the next model is asked beside; `undefined` = never. */
  readonly hedgeMs: number | undefined;
  /** The limits of a model's rate, if it has some. */
  rateOf(model: Model): RateLimiter | undefined;
}
