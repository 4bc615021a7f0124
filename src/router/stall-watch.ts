import { LONGEST_MS } from "../async/timer.ts";
import { ProviderError } from "../errors/index.ts";
import type { SilenceLimits } from "../spec/index.ts";

/** Options of `StallWatch`. */
export interface StallWatchOptions {
  readonly provider: string;
  readonly limits: SilenceLimits;
  /** Called once, with the reason, when the wait for the provider is over without a part. */
  readonly onEnd: (reason: unknown) => void;
}

/**
 * Ends the wait for a provider that has gone silent, or whose caller aborts. Disposal aborts what is still at work. It
 * has one timer, which is armed for the shorter limit and then for what is left, not anew for each part.
 */
export class StallWatch implements Disposable {
  readonly #parent: AbortSignal;
  readonly #options: StallWatchOptions;
  readonly #controller = new AbortController();
  #limitMs: number;
  #since = performance.now();
  #isPaused = false;
  #isFinished = false;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(parent: AbortSignal, options: StallWatchOptions) {
    this.#parent = parent;
    this.#options = options;
    this.#limitMs = options.limits.firstChunkMs;
    parent.addEventListener("abort", this.#follow);
    this.#arm(this.#shorterMs);
  }

  /** Follows the caller's signal; also aborted, with the error, when the provider is silent for too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The reader is at work: silence does not count. `isAnswer`: the part before it came from the provider itself. */
  pause(isAnswer: boolean): void {
    this.#isPaused = true;
    if (isAnswer) this.#limitMs = this.#options.limits.chunkMs;
  }

  /** The reader waits again. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#since = performance.now();
  }

  /** The answer is complete: disposal has nothing to stop any more. */
  finish(): void {
    this.#isFinished = true;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#parent.removeEventListener("abort", this.#follow);
    // The model may still be at work when the reader left: its request must not outlive the watch.
    if (!this.#isFinished) this.#controller.abort(new DOMException("The model's stream was closed", "AbortError"));
  }

  /** No wait, from whenever on, ends before this time. */
  get #shorterMs(): number {
    const { firstChunkMs, chunkMs } = this.#options.limits;
    return Math.min(firstChunkMs, chunkMs);
  }

  #arm(ms: number): void {
    // A longer one fires early, and is armed again for what is left.
    if (ms < Number.POSITIVE_INFINITY) this.#timer = setTimeout(this.#check, Math.min(ms, LONGEST_MS));
  }

  readonly #check = (): void => {
    if (this.#waitsOn()) return;
    // A loop that was held up runs its timers before it looks at its sockets: what came meanwhile ends the silence.
    this.#turn = setImmediate(() => (this.#turn = setImmediate(this.#giveUp)));
  };

  /** Arms the timer again while the silence is not too long. */
  #waitsOn(): boolean {
    const left = this.#isPaused ? this.#shorterMs : this.#since + this.#limitMs - performance.now();
    // The first part may come at any time, and from then on the other limit counts.
    if (left > 1) this.#arm(Math.min(left, this.#shorterMs));
    return left > 1;
  }

  readonly #giveUp = (): void => {
    if (this.#waitsOn()) return;
    const { provider } = this.#options;
    const message = `${provider} was silent for ${this.#limitMs} ms; raise timeouts.firstChunkMs or timeouts.chunkMs if that is normal`;
    this.#end(new ProviderError(message, { provider, isRetryable: true }));
  };

  readonly #follow = (): void => this.#end(this.#parent.reason);

  #end(reason: unknown): void {
    this.#controller.abort(reason);
    this.#options.onEnd(reason);
  }
}
