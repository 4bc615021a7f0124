import { HarnessError, ProviderError } from "../errors/index.ts";
import type { Model, ModelCallOptions, ModelFinish, ModelRequest, ModelStreamPart } from "../spec/index.ts";
import { isContent } from "./is-content.ts";
import { infoOf, nameOf } from "./model-name.ts";
import { ReliableStream } from "./reliable-stream.ts";
import type { RouterParts } from "./router-parts.ts";

type Step = IteratorResult<ModelStreamPart, undefined>;

/** A call of one member of a router, which tells the router's memory how it went. */
export class MemberCall {
  readonly model: Model;
  /** The stream itself: from its first token on nothing stands between it and the reader. */
  readonly stream: ReliableStream;
  readonly #parts: RouterParts;
  readonly #startedAt: number;
  #pending: Promise<Step> | undefined;
  #isTold = false;

  /** `taken`: tokens that were taken from the limits of the model's rate. */
  constructor(model: Model, parts: RouterParts, call: MemberRequest) {
    const { request, options, taken } = call;
    this.model = model;
    this.#parts = parts;
    this.#startedAt = parts.clock.monotonic();
    parts.breaker?.begin(model.provider);
    this.stream = new ReliableStream(model, {
      request: limitOutput(request, model, parts),
      call: options,
      options: { ...options.silence, maxRetries: 0 },
      onFinish: (finish) => this.#correctRate(finish, taken),
    });
  }

  /** The next part. Whoever asks before it was taken gets the same one. */
  peek(): Promise<Step> {
    this.#pending ??= this.stream.next();
    return this.#pending;
  }

  /** The part that was peeked at is passed on: the next one may come. */
  take(step: Step): void {
    this.#pending = undefined;
    if (step.done !== true && isContent(step.value)) this.#succeed();
  }

  /** The call failed before its first token: whether another model may be asked instead. */
  fail(error: unknown): boolean {
    this.#tell(() => {
      const { breaker, latency } = this.#parts;
      const { provider } = this.model;
      if (!ProviderError.isInstance(error) || !error.isRetryable) return breaker?.release(provider);
      breaker?.fail(provider, error.retryAfterMs);
      latency.note(nameOf(this.model), Math.max(FAILED_MS, this.#parts.clock.monotonic() - this.#startedAt));
    });
    return mayFallBack(error);
  }

  /** Another call was faster: ends this one, whose model took at least so long. */
  overtake(): void {
    const { latency, clock } = this.#parts;
    latency.note(nameOf(this.model), clock.monotonic() - this.#startedAt);
    this.close();
  }

  /** Ends a call that is not needed any more. */
  close(): void {
    this.#tell(() => this.#parts.breaker?.release(this.model.provider));
    void this.#pending?.catch(() => {});
    void this.stream.return();
  }

  #succeed(): void {
    this.#tell(() => {
      const { breaker, latency, clock } = this.#parts;
      breaker?.succeed(this.model.provider);
      latency.note(nameOf(this.model), clock.monotonic() - this.#startedAt);
    });
  }

  /** How it went is told once. */
  #tell(tell: () => void): void {
    if (this.#isTold) return;
    this.#isTold = true;
    tell();
  }

  #correctRate({ usage }: ModelFinish, taken: number): void {
    if (usage !== undefined) this.#parts.rateOf(this.model)?.correct(taken, usage.input + usage.output);
  }
}

/** What a member is asked. */
export interface MemberRequest {
  readonly request: ModelRequest;
  readonly options: ModelCallOptions;
  readonly taken: number;
}

/** What a failed call counts as, at least: else a model that refuses at once would look like the fastest. */
const FAILED_MS = 30_000;

/** Each member has a limit of its own; asking for more is refused by some vendors. */
function limitOutput(request: ModelRequest, model: Model, { prices }: RouterParts): ModelRequest {
  const limit = infoOf(model, prices)?.maxOutputTokens;
  const { maxOutputTokens } = request;
  if (limit === undefined || maxOutputTokens === undefined || maxOutputTokens <= limit) return request;
  return { ...request, maxOutputTokens: limit };
}

/** Another vendor can help when this one is down, busy, not allowed or not installed; not when the request is wrong. */
function mayFallBack(error: unknown): boolean {
  if (ProviderError.isInstance(error)) {
    return error.isRetryable || error.status === 401 || error.status === 403 || error.status === 404;
  }
  return HarnessError.isInstance(error) && (error.code === "credentials_missing" || error.code === "package_missing");
}
