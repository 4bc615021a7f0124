import type { Clock } from "../spec/index.ts";

/** Two buckets that fill evenly over a minute and begin full: one of requests, one of tokens. */
export interface TokenBuckets {
  /** Milliseconds until one request and so many tokens are there; what is more than a bucket holds waits for a full one. */
  delayOf(tokens: number): number;
  /** Takes one request and so many tokens; what was taken too much is missing for those who come later. */
  take(tokens: number): void;
  giveBack(tokens: number): void;
}

const MINUTE = 60_000;

/** Makes the buckets. `Infinity` is no limit. */
export function createTokenBuckets(
  limits: { readonly requestsPerMinute: number; readonly tokensPerMinute: number },
  clock: Pick<Clock, "monotonic">,
): TokenBuckets {
  const { requestsPerMinute, tokensPerMinute } = limits;
  let requests = requestsPerMinute;
  let tokens = tokensPerMinute;
  let filledAt = clock.monotonic();
  const fill = (): void => {
    const now = clock.monotonic();
    const share = (now - filledAt) / MINUTE;
    filledAt = now;
    // Infinity times nothing would be no number.
    if (requestsPerMinute !== Infinity) requests = Math.min(requestsPerMinute, requests + share * requestsPerMinute);
    if (tokensPerMinute !== Infinity) tokens = Math.min(tokensPerMinute, tokens + share * tokensPerMinute);
  };
  return {
    delayOf(wanted) {
      fill();
      const forRequest = requests >= 1 ? 0 : ((1 - requests) / requestsPerMinute) * MINUTE;
      const need = Math.min(wanted, tokensPerMinute);
      const forTokens = tokens >= need ? 0 : ((need - tokens) / tokensPerMinute) * MINUTE;
      return Math.ceil(Math.max(forRequest, forTokens));
    },
    take(wanted) {
      requests -= 1;
      tokens -= wanted;
    },
    giveBack(unused) {
      fill();
      tokens = Math.min(tokensPerMinute, tokens + unused);
    },
  };
}
