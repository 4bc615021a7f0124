import { startTimer } from "../async/index.ts";
import { ProviderError } from "../errors/index.ts";

/** Ends a wait for a provider that has gone silent. */
export interface StallWatch extends Disposable {
  /** Follows the caller's signal; also aborted, with the error, when the provider is silent for too long. */
  readonly signal: AbortSignal;
  /**
   * Waits for the next part, but no longer than the provider may be silent, and passes it, or what went wrong, through
   * one of the two functions: one promise for all of it.
   */
  wait<Value, Taken>(
    next: Promise<Value>,
    take: (value: Value) => Taken,
    recover: (error: unknown) => Taken,
  ): Promise<Taken>;
  /** The reader is at work: silence does not count. `isAnswer`: the part before it came from the provider itself. */
  pause(isAnswer: boolean): void;
  resume(): void;
  /** The answer is complete: disposal has nothing to stop any more. */
  finish(): void;
}

/** Options of `openStallWatch`. */
export interface StallWatchOptions {
  readonly firstChunkMs: number;
  readonly chunkMs: number;
  readonly provider: string;
}

/** Opens a watch with one timer that is re-armed lazily, not once a part. */
export function openStallWatch(parent: AbortSignal, options: StallWatchOptions): StallWatch {
  const controller = new AbortController();
  let failWait: ((reason: unknown) => void) | undefined;
  let limitMs = options.firstChunkMs;
  let since = performance.now();
  let isPaused = false;
  let isFinished = false;
  let hasBegun = false;
  let cancelTimer = startTimer(limitMs, check);

  const abort = (reason: unknown): void => {
    controller.abort(reason);
    failWait?.(reason);
  };
  const follow = (): void => abort(parent.reason);
  parent.addEventListener("abort", follow, { once: true });

  function check(): void {
    const left = isPaused ? limitMs : since + limitMs - performance.now();
    if (left > 1) {
      cancelTimer = startTimer(left, check);
      return;
    }
    const { provider } = options;
    const message = `${provider} was silent for ${limitMs} ms; raise timeouts.firstChunkMs or timeouts.chunkMs if that is normal`;
    abort(new ProviderError(message, { provider, isRetryable: true }));
  }

  return {
    signal: controller.signal,
    wait: (next, take, recover) => {
      const wait = openWait(next, take, recover);
      failWait = wait.fail;
      if (controller.signal.aborted) wait.fail(controller.signal.reason);
      return wait.result;
    },
    pause(isAnswer) {
      isPaused = true;
      hasBegun ||= isAnswer;
    },
    resume() {
      if (!isPaused) return;
      isPaused = false;
      since = performance.now();
      if (!hasBegun || limitMs === options.chunkMs) return;
      // Once, after the first part: the timer that runs may be far longer than parts may take.
      limitMs = options.chunkMs;
      cancelTimer();
      cancelTimer = startTimer(limitMs, check);
    },
    finish() {
      isFinished = true;
    },
    [Symbol.dispose]() {
      cancelTimer();
      parent.removeEventListener("abort", follow);
      failWait = undefined;
      // The model may still be at work when the reader left: its request must not outlive the watch.
      if (!isFinished) controller.abort(new DOMException("The model's stream was closed", "AbortError"));
    },
  };
}

/** A wait that ends with the part or with the first failure, whichever comes first. */
function openWait<Value, Taken>(
  next: Promise<Value>,
  take: (value: Value) => Taken,
  recover: (error: unknown) => Taken,
): { readonly result: Promise<Taken>; readonly fail: (error: unknown) => void } {
  const { promise: result, resolve, reject } = Promise.withResolvers<Taken>();
  let isOpen = true;
  const settle = <Given>(work: (given: Given) => Taken, given: Given): void => {
    if (!isOpen) return;
    isOpen = false;
    try {
      resolve(work(given));
    } catch (failure) {
      // Whatever it is, it goes on unchanged.
      reject(failure as Error);
    }
  };
  const fail = (error: unknown): void => settle(recover, error);
  next.then((value) => settle(take, value), fail);
  return { result, fail };
}
