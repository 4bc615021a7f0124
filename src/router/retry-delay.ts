import { systemRandom } from "../async/index.ts";
import { ProviderError } from "../errors/index.ts";
import type { ReliableModelOptions } from "./reliable-options.ts";

/** Milliseconds until the next attempt, or `undefined` when there should be none. */
export function retryDelay(error: unknown, attempt: number, options: ReliableModelOptions): number | undefined {
  if (!ProviderError.isInstance(error) || !error.isRetryable) return undefined;
  const { baseDelayMs = 1000, maxDelayMs = 60_000, random = systemRandom } = options;
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) return retryAfterMs <= maxDelayMs ? Math.max(0, retryAfterMs) : undefined;
  const delay = baseDelayMs * 2 ** (attempt - 1) * (0.75 + 0.5 * random.next());
  return Math.round(Math.min(maxDelayMs, delay));
}
