import { systemClock } from "../async/index.ts";
import { describeError, mayBeBilled, ProviderError } from "../errors/index.ts";
import type {
  Model,
  ModelCallOptions,
  ModelFinish,
  ModelRequest,
  ModelStreamPart,
  PartIterator,
  SilenceLimits,
} from "../spec/index.ts";
import { isContent } from "./is-content.ts";
import type { ReliableModelOptions } from "./reliable-options.ts";
import { retryDelay } from "./retry-delay.ts";
import { StallWatch } from "./stall-watch.ts";

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
const UNLIMITED: SilenceLimits = { firstChunkMs: Number.POSITIVE_INFINITY, chunkMs: Number.POSITIVE_INFINITY };

const DONE: Step = { done: true, value: undefined };

/**
 * The parts of a call with its retries. Written by hand and not as generators: every delta of every answer passes
 * here, and each layer of generators costs as much as the parser does.
 */
export class ReliableStream implements PartIterator, AsyncIterable<ModelStreamPart> {
  readonly #model: Model;
  readonly #call: ReliableCall;
  #attempt: Attempt | undefined;
  /** Of the last attempt, also when it is over. */
  #parts: PartIterator | undefined;
  /** Not before the first attempt, nor while the next one waits. */
  #isAsked = false;
  /** The reader's question, until the model answers it or its watch ends the wait. */
  #question: PromiseWithResolvers<Step> | undefined;
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

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    if (this.#isOver) return Promise.resolve(DONE);
    const before = this.#question?.promise;
    // One question at a time.
    if (before !== undefined) {
      const askNext = (): Promise<Step> => this.next();
      return before.then(askNext, askNext);
    }
    if (this.#attempt !== undefined) return this.#ask(this.#attempt);
    return this.#delayMs === undefined ? this.#begin() : this.#beginLater(this.#delayMs);
  }

  ready(): ModelStreamPart | undefined {
    const attempt = this.#attempt;
    const part = attempt?.parts.ready?.();
    if (attempt === undefined || part === undefined) return undefined;
    // The watch stands still since the part before: what was there already is no answer to a question of now.
    this.#note(part, attempt.watch);
    return part;
  }

  get isWaiting(): boolean {
    return !this.#isAsked || this.#parts?.isWaiting === true;
  }

  /** Lets the model close its connection. Not awaited: one that hangs in `next` would hang here too. */
  return(): Promise<Step> {
    const attempt = this.#attempt;
    this.#end();
    closeParts(attempt?.parts);
    return Promise.resolve(DONE);
  }

  async #beginLater(delayMs: number): Promise<Step> {
    const { signal } = this.#call.call;
    const { clock = systemClock } = this.#call.options;
    try {
      signal.throwIfAborted();
      await clock.sleep(delayMs, signal);
    } catch (error) {
      throw this.#end(error);
    }
    // The reader may have left during the wait.
    return this.#isOver ? DONE : await this.#begin();
  }

  #begin(): Promise<Step> {
    const { call, options, request } = this.#call;
    const { firstChunkMs = 300_000, chunkMs = 120_000 } = options;
    const silence = { firstChunkMs, chunkMs };
    const { provider, watchesSilence = false } = this.#model;
    if (call.signal.aborted) return Promise.reject(this.#end(call.signal.reason) as Error); // unchanged
    this.#count += 1;
    const watch = new StallWatch(call.signal, {
      provider,
      limits: watchesSilence ? UNLIMITED : silence,
      onEnd: (reason) => this.#recover(this.#question, reason),
    });
    this.#isAsked = true;
    this.#parts = undefined;
    try {
      const parts = this.#model.stream(request, { ...call, silence, signal: watch.signal })[Symbol.asyncIterator]();
      this.#parts = parts;
      this.#attempt = { parts, watch };
    } catch (error) {
      // The model throws instead of giving a stream.
      watch[Symbol.dispose]();
      return new Promise((resolve) => resolve(this.#retry(error))); // or rejects with what it throws
    }
    return this.#ask(this.#attempt);
  }

  #ask({ parts, watch }: Attempt): Promise<Step> {
    const question = Promise.withResolvers<Step>();
    this.#question = question;
    watch.resume();
    nextOf(parts).then(
      (step) => this.#answer(question, step),
      (error: unknown) => this.#recover(question, error),
    );
    // While the reader was at work.
    if (watch.signal.aborted) this.#recover(question, watch.signal.reason);
    return question.promise;
  }

  /** What the model gives, unless the question was settled before. */
  #answer(question: PromiseWithResolvers<Step>, step: IteratorResult<ModelStreamPart>): void {
    const watch = this.#attempt?.watch;
    if (this.#question !== question || watch === undefined) return;
    try {
      if (step.done !== true) assertPart(step.value, this.#model.provider);
      // A slow reader is no silent provider.
      watch.pause(step.done === true || !isRouting(step.value));
      if (step.done === true) return this.#close(question, watch);
      this.#note(step.value, watch);
      this.#question = undefined;
      question.resolve(step);
    } catch (error) {
      this.#recover(question, error);
    }
  }

  #note(part: ModelStreamPart, watch: StallWatch): void {
    if (isContent(part)) this.#hasContent = true;
    if (part.type !== "finish") return;
    this.#hasFinish = true;
    watch.finish();
    this.#call.onFinish?.(part);
  }

  /** The model's stream is over: well, or cut off without its end, which is a failure like any other. */
  #close(question: PromiseWithResolvers<Step>, watch: StallWatch): void {
    watch.finish();
    const { provider } = this.#model;
    if (!this.#hasFinish) {
      const message = `The stream of ${provider} ended without its end`;
      return this.#recover(question, new ProviderError(message, { provider, isRetryable: true }));
    }
    this.#end();
  }

  /** What becomes of a failure, unless the question was settled before. */
  #recover(question: PromiseWithResolvers<Step> | undefined, error: unknown): void {
    if (question === undefined || this.#question !== question) return;
    this.#question = undefined;
    try {
      question.resolve(this.#retry(error));
    } catch (failure) {
      // Whatever it is, it goes on unchanged.
      question.reject(failure);
    }
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
    this.#isAsked = false;
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
    this.#question?.resolve(DONE);
    this.#question = undefined;
    this.#attempt?.watch[Symbol.dispose]();
    this.#attempt = undefined;
    return error;
  }
}

/** A model may be anybody's code. */
function assertPart(part: unknown, provider: string): void {
  if (typeof part === "object" && part !== null) return;
  const message = `The stream of ${provider} gave ${String(part)} in place of a part: each is an object with a type, see Model.stream`;
  throw new ProviderError(message, { provider, isRetryable: false });
}

/** Words of a router about itself: the provider has said nothing yet. */
function isRouting({ type }: ModelStreamPart): boolean {
  return type === "model-select" || type === "model-fallback" || type === "model-retry" || type === "model-hedge";
}

/** Whatever goes wrong while a model closes its connection changes nothing. */
function closeParts(parts: AsyncIterator<ModelStreamPart> | undefined): void {
  try {
    parts?.return?.().then(undefined, () => {});
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
