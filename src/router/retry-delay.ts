import { systemRandom } from "../async/index.ts";
import { ProviderError } from "../errors/index.ts";
import type { ReliableModelOptions } from "./reliable-options.ts";

/** Milliseconds until the next attempt, or `undefined` when there should be none. */
export function retryDelay(error: unknown, attempt: number, options: ReliableModelOptions): number | undefined {
  if (!ProviderError.isInstance(error) || !error.isRetryable) return undefined;
  const { baseDelayMs = 1000, maxDelayMs = 60_000, random = systemRandom } = options;
  if (error.retryAfterMs !== undefined) return error.retryAfterMs <= maxDelayMs ? error.retryAfterMs : undefined;
  const delay = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
  return Math.round(delay * (0.75 + 0.5 * random.next()));
}
