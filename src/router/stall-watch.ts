import { ProviderError } from "../errors/index.ts";

/** Ends a wait for a provider that has gone silent. */
export interface StallWatch extends Disposable {
  /** Follows the caller's signal; also aborted, with the error, when the provider is silent for too long. */
  readonly signal: AbortSignal;
  /** Waits for the next part, but no longer than the provider may be silent. */
  wait<Value>(next: Promise<Value>): Promise<Value>;
  /** The reader is at work: silence does not count. */
  pause(): void;
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
  let rejectWait: ((reason: unknown) => void) | undefined;
  let limitMs = options.firstChunkMs;
  let since = performance.now();
  let isPaused = false;
  let isFinished = false;
  let timer = setTimeout(check, limitMs);

  const abort = (reason: unknown): void => {
    controller.abort(reason);
    rejectWait?.(reason);
  };
  const follow = (): void => abort(parent.reason);
  parent.addEventListener("abort", follow, { once: true });

  function check(): void {
    const left = isPaused ? limitMs : since + limitMs - performance.now();
    if (left > 1) {
      timer = setTimeout(check, left);
      return;
    }
    const { provider } = options;
    const message = `${provider} was silent for ${limitMs} ms; raise timeouts.firstChunkMs or timeouts.chunkMs if that is normal`;
    abort(new ProviderError(message, { provider, isRetryable: true }));
  }

  return {
    signal: controller.signal,
    wait: (next) =>
      new Promise((resolve, reject) => {
        rejectWait = reject;
        next.then(resolve, reject);
        if (controller.signal.aborted) reject(controller.signal.reason as Error);
      }),
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      limitMs = options.chunkMs;
      since = performance.now();
    },
    finish() {
      isFinished = true;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      parent.removeEventListener("abort", follow);
      rejectWait = undefined;
      // The model may still be at work when the reader left: its request must not outlive the watch.
      if (!isFinished) controller.abort(new DOMException("The model's stream was closed", "AbortError"));
    },
  };
}
