import type { Clock } from "../spec/index.ts";
import { createTokenBuckets, type TokenBuckets } from "./token-buckets.ts";

/** How much may be asked of a provider or a model in a minute. */
export interface RateLimits {
  readonly requestsPerMinute?: number;
  /** Tokens of prompt and answer together; what an answer does not use is given back. */
  readonly tokensPerMinute?: number;
  /** Milliseconds that a call waits for its turn before the next model is asked. @default 60000 */
  readonly maxWaitMs?: number;
}

/** Lets calls through at a rate, conversation by conversation: one that asks for much does not hold up the others. */
export interface RateLimiter {
  /** Waits for a turn. False when it would take longer than `maxWaitMs`. Rejects with `signal.reason` on abort. */
  take(tokens: number, turn: { readonly session: string; readonly signal: AbortSignal }): Promise<boolean>;
  /** Corrects what was taken by what was used. */
  correct(taken: number, used: number): void;
}

/** Makes a limiter. */
export function createRateLimiter(limits: RateLimits, clock: Clock): RateLimiter {
  const { requestsPerMinute = Infinity, tokensPerMinute = Infinity, maxWaitMs = 60_000 } = limits;
  const buckets = createTokenBuckets({ requestsPerMinute, tokensPerMinute }, clock);
  const lines = openLines(buckets, clock);
  return {
    async take(tokens, { session, signal }) {
      signal.throwIfAborted();
      if (lines.isEmpty() && buckets.delayOf(tokens) === 0) {
        buckets.take(tokens);
        return true;
      }
      return await new Promise<boolean>((resolve, reject) => {
        const patience = new AbortController();
        const end = (): void => {
          signal.removeEventListener("abort", abort);
          patience.abort();
        };
        const leave = lines.join(session, {
          tokens,
          go() {
            end();
            resolve(true);
          },
        });
        const abort = (): void => {
          leave();
          end();
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", abort, { once: true });
        void clock.sleep(maxWaitMs, patience.signal).then(
          () => {
            leave();
            end();
            resolve(false);
          },
          () => {},
        );
      });
    },
    correct: (taken, used) => buckets.giveBack(taken - used),
  };
}

interface Waiter {
  readonly tokens: number;
  readonly go: () => void;
}

/** One line for each conversation; the first of the lines take turns. */
function openLines(buckets: TokenBuckets, clock: Clock) {
  const lines = new Map<string, Waiter[]>();
  let isServing = false;
  let nap = new AbortController();
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    try {
      await clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  const serve = async (): Promise<void> => {
    for (;;) {
      const [next] = lines;
      const [session, line] = next ?? [];
      const waiter = line?.[0];
      if (session === undefined || line === undefined || waiter === undefined) break;
      const delay = buckets.delayOf(waiter.tokens);
      if (delay > 0) {
        await sleep(delay, nap.signal);
        continue;
      }
      line.shift();
      lines.delete(session);
      // The rest of the conversation goes to the end of the round.
      if (line.length > 0) lines.set(session, line);
      buckets.take(waiter.tokens);
      waiter.go();
    }
    isServing = false;
  };
  return {
    isEmpty: () => lines.size === 0,
    /** Gives the function that leaves the line again. */
    join(session: string, waiter: Waiter): () => void {
      const line = lines.get(session) ?? [];
      line.push(waiter);
      lines.set(session, line);
      if (!isServing) {
        isServing = true;
        void serve();
      }
      return () => {
        const index = line.indexOf(waiter);
        if (index >= 0) line.splice(index, 1);
        if (line.length === 0 && lines.get(session) === line) lines.delete(session);
        // Nobody's turn is waited for any more, or that of another one.
        nap.abort();
        nap = new AbortController();
      };
    },
  };
}
