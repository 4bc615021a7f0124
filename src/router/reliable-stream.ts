import { systemClock } from "../async/index.ts";
import { describeError, mayBeBilled, ProviderError } from "../errors/index.ts";
import type {
  Model,
  ModelCallOptions,
  ModelFinish,
  ModelRequest,
  ModelStreamPart,
  PartIterator,
} from "../spec/index.ts";
import { isContent } from "./is-content.ts";
import type { ReliableModelOptions } from "./reliable-options.ts";
import { retryDelay } from "./retry-delay.ts";
import { openStallWatch, type StallWatch } from "./stall-watch.ts";

/** A call that may take several attempts. */
export interface ReliableCall {
  readonly request: ModelRequest;
  readonly call: ModelCallOptions;
  readonly options: ReliableModelOptions;
  /** Told when the answer is complete. */
  readonly onFinish?: (finish: ModelFinish) => void;
}

/** One attempt that is under way. */
interface Attempt {
  readonly parts: PartIterator;
  readonly watch: StallWatch;
}

type Step = IteratorResult<ModelStreamPart, undefined>;

/** For a model that watches its members itself. */
const UNLIMITED = { firstChunkMs: Number.POSITIVE_INFINITY, chunkMs: Number.POSITIVE_INFINITY };

const DONE: Step = { done: true, value: undefined };

/**
 * The parts of a call with its retries. Written by hand and not as generators: every delta of every answer passes
 * here, and each layer of generators costs as much as the parser does.
 */
export class ReliableStream implements PartIterator {
  readonly #model: Model;
  readonly #call: ReliableCall;
  #attempt: Attempt | undefined;
  #count = 0;
  #hasContent = false;
  #hasFinish = false;
  #isOver = false;
  /** Milliseconds to wait before the next attempt. */
  #delayMs: number | undefined;

  constructor(model: Model, call: ReliableCall) {
    this.#model = model;
    this.#call = call;
  }

  next(): Promise<Step> {
    if (this.#isOver) return Promise.resolve(DONE);
    const attempt = this.#attempt;
    if (attempt === undefined) return this.#begin();
    return this.#take(attempt);
  }

  ready(): ModelStreamPart | undefined {
    const attempt = this.#attempt;
    const part = attempt?.parts.ready?.();
    if (attempt === undefined || part === undefined) return undefined;
    // The watch stands still since the part before: what was there already is no answer to a question of now.
    this.#note(part, attempt.watch);
    return part;
  }

  /** Lets the model close its connection. Not awaited: one that hangs in `next` would hang here too. */
  return(): Promise<Step> {
    const attempt = this.#attempt;
    this.#end();
    closeParts(attempt?.parts);
    return Promise.resolve(DONE);
  }

  async #begin(): Promise<Step> {
    const { call, options, request } = this.#call;
    const { clock = systemClock, firstChunkMs = 300_000, chunkMs = 120_000 } = options;
    const silence = { firstChunkMs, chunkMs };
    const limits = this.#model.watchesSilence === true ? UNLIMITED : silence;
    try {
      call.signal.throwIfAborted();
      if (this.#delayMs !== undefined) await clock.sleep(this.#delayMs, call.signal);
      call.signal.throwIfAborted();
    } catch (error) {
      this.#end();
      throw error;
    }
    // The reader may have left during the wait.
    if (this.#isOver) return DONE;
    this.#count += 1;
    const watch = openStallWatch(call.signal, { ...limits, provider: this.#model.provider });
    try {
      const parts = this.#model.stream(request, { ...call, silence, signal: watch.signal })[Symbol.asyncIterator]();
      this.#attempt = { parts, watch };
    } catch (error) {
      // The model throws instead of giving a stream.
      watch[Symbol.dispose]();
      return this.#retry(error);
    }
    return await this.#take(this.#attempt);
  }

  #take({ parts, watch }: Attempt): Promise<Step> {
    watch.resume();
    return watch.wait(
      nextOf(parts),
      (step) => {
        // A slow reader is no silent provider.
        watch.pause(step.done === true || !isRouting(step.value));
        if (step.done === true) return this.#close(watch);
        this.#note(step.value, watch);
        return step;
      },
      (error: unknown) => this.#retry(error),
    );
  }

  #note(part: ModelStreamPart, watch: StallWatch): void {
    if (isContent(part)) this.#hasContent = true;
    if (part.type !== "finish") return;
    this.#hasFinish = true;
    watch.finish();
    this.#call.onFinish?.(part);
  }

  /** The model's stream is over: well, or cut off without its end, which is a failure like any other. */
  #close(watch: StallWatch): Step {
    watch.finish();
    if (!this.#hasFinish) {
      const { provider } = this.#model;
      return this.#retry(
        new ProviderError(`The stream of ${provider} ended without its end`, { provider, isRetryable: true }),
      );
    }
    this.#end();
    return DONE;
  }

  /** Announces the next attempt, or throws what ended the last one. */
  #retry(error: unknown): Step {
    const { call, options } = this.#call;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.watch[Symbol.dispose]();
    closeParts(attempt?.parts);
    if (call.signal.aborted) throw this.#end(call.signal.reason);
    const { maxRetries = 4 } = options;
    const isLast = this.#hasContent || this.#count > maxRetries;
    this.#delayMs = isLast ? undefined : retryDelay(error, this.#count, options);
    if (this.#delayMs === undefined) throw this.#end(error);
    const value = {
      type: "model-retry",
      attempt: this.#count,
      delayMs: this.#delayMs,
      error: describeError(error),
      mayBeBilled: mayBeBilled(error),
    } as const;
    return { done: false, value };
  }

  /** Ends the stream and gives the error back, to be thrown. */
  #end(error?: unknown): unknown {
    this.#isOver = true;
    this.#attempt?.watch[Symbol.dispose]();
    this.#attempt = undefined;
    return error;
  }
}

/** Words of a router about itself: the provider has said nothing yet. */
function isRouting({ type }: ModelStreamPart): boolean {
  return type === "model-select" || type === "model-fallback" || type === "model-retry" || type === "model-hedge";
}

/** Whatever goes wrong while a model closes its connection changes nothing. */
function closeParts(parts: AsyncIterator<ModelStreamPart> | undefined): void {
  try {
    Promise.resolve(parts?.return?.()).catch(() => {});
  } catch {
    // See above.
  }
}

/** A model may be anybody's code: what it throws at once is a rejection like any other. */
function nextOf(parts: AsyncIterator<ModelStreamPart>): Promise<IteratorResult<ModelStreamPart>> {
  try {
    return parts.next();
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
