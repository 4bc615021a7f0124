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
    if (parent.aborted) {
      controller.abort(parent.reason);
      break;
    }
    const follow = (): void => controller.abort(parent.reason);
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
