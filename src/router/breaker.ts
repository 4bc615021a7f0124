import type { Clock } from "../spec/index.ts";

/** When a provider is left alone. */
export interface BreakerOptions {
  /** Failures in a row after which it is. @default 5 */
  readonly failures?: number;
  /** Milliseconds until one call may try again; doubled each time the trial fails, up to ten times. @default 30000 */
  readonly openMs?: number;
}

/** Keeps calls from providers that are down: after a while one call tries, and its outcome decides for all. */
export interface Breaker {
  /** Milliseconds until the provider may be asked again; 0 = now. */
  waitMs(provider: string): number;
  /** A call begins. A provider that was left alone gets one at a time. */
  begin(provider: string): void;
  /** A call got its first token. */
  succeed(provider: string): void;
  /** A call failed in a way that says something about the provider, who may have asked for a pause. */
  fail(provider: string, retryAfterMs?: number): void;
  /** A call ended without saying anything about the provider, such as by an abort. */
  release(provider: string): void;
}

interface State {
  failures: number;
  /** How often it was opened in a row. */
  openings: number;
  openUntil: number;
  isProbing: boolean;
}

/** Makes a breaker for all providers of one router. */
export function createBreaker(
  { failures = 5, openMs = 30_000 }: BreakerOptions,
  clock: Pick<Clock, "monotonic">,
): Breaker {
  const states = new Map<string, State>();
  const stateOf = (provider: string): State => {
    const state = states.get(provider) ?? { failures: 0, openings: 0, openUntil: 0, isProbing: false };
    states.set(provider, state);
    return state;
  };
  const open = (state: State, ms: number): void => {
    state.openUntil = Math.max(state.openUntil, clock.monotonic() + ms);
    state.isProbing = false;
  };
  return {
    waitMs(provider) {
      const state = states.get(provider);
      if (state === undefined) return 0;
      const left = state.openUntil - clock.monotonic();
      if (left > 0) return left;
      // Half open: the one that tries decides, the others wait for it.
      return state.isProbing ? 1 : 0;
    },
    begin(provider) {
      const state = states.get(provider);
      if (state !== undefined && state.openings > 0) state.isProbing = true;
    },
    succeed(provider) {
      states.delete(provider);
    },
    fail(provider, retryAfterMs) {
      const state = stateOf(provider);
      state.failures += 1;
      if (retryAfterMs !== undefined) open(state, retryAfterMs);
      if (state.failures < failures && state.openings === 0) return;
      open(state, openMs * 2 ** Math.min(state.openings, 10));
      state.openings += 1;
    },
    release(provider) {
      const state = states.get(provider);
      if (state !== undefined) state.isProbing = false;
    },
  };
}
