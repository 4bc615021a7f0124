import { startTimer } from "./timer.ts";

/** A signal with a life: follows its parents, can be aborted, has an optional time limit, and lets go of everything on disposal. */
export interface SignalScope extends Disposable {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
}

/** Options of `openSignalScope`. */
export interface SignalScopeOptions {
  readonly timeoutMs?: number | undefined;
  /** Makes the reason of a time-out. @default a `DOMException` named "TimeoutError" */
  readonly timeoutReason?: () => unknown;
  /** Milliseconds that the abort of a parent waits before it is passed on. @default 0 */
  readonly delayOf?: (reason: unknown) => number;
}

/**
 * Links a new signal to others. Unlike `AbortSignal.any` the links are cut on disposal, so that a long-lived parent
 * does not collect listeners, and unlike `AbortSignal.timeout` the timer ends with the scope.
 */
export function openSignalScope(
  parents: readonly (AbortSignal | undefined)[],
  options: SignalScopeOptions = {},
): SignalScope {
  const controller = new AbortController();
  const cuts: (() => void)[] = [];
  for (const parent of parents) {
    if (parent === undefined) continue;
    const follow = (): void => {
      const delayMs = options.delayOf?.(parent.reason) ?? 0;
      if (delayMs > 0) cuts.push(startTimer(delayMs, () => controller.abort(parent.reason)));
      else controller.abort(parent.reason);
    };
    if (parent.aborted) {
      follow();
      if (controller.signal.aborted) break;
      continue;
    }
    parent.addEventListener("abort", follow, { once: true });
    cuts.push(() => parent.removeEventListener("abort", follow));
  }
  if (options.timeoutMs !== undefined && !controller.signal.aborted) {
    const onTime = (): void =>
      controller.abort(options.timeoutReason?.() ?? new DOMException("Timed out", "TimeoutError"));
    cuts.push(startTimer(options.timeoutMs, onTime));
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      for (const cut of cuts.splice(0)) cut();
    },
  };
}
