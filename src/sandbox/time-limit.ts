import type { SignalScopeOptions } from "../async/index.ts";
import type { Isolation } from "../spec/index.ts";

/** A time limit that can be told from other aborts. */
export interface TimeLimit {
  readonly options: SignalScopeOptions;
  isReason(reason: unknown): boolean;
}

/** Timers hold no more; beyond it they would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Makes a time limit for a signal scope; `undefined` = none. */
export function createTimeLimit(timeoutMs: number | undefined): TimeLimit {
  const reached = new DOMException("The command's time is over", "TimeoutError");
  return {
    options: {
      timeoutMs: timeoutMs === undefined ? undefined : Math.min(timeoutMs, LONGEST_MS),
      timeoutReason: () => reached,
    },
    isReason: (reason) => reason === reached,
  };
}

/** What holds for one command: a time limit of its own counts too. */
export function withTimeLimit(isolation: Isolation, timeoutMs: number | undefined): Isolation {
  if (timeoutMs === undefined || isolation.limits.includes("time")) return isolation;
  return { ...isolation, limits: ["time", ...isolation.limits] };
}
