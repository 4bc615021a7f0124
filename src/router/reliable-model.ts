import { systemClock, systemRandom } from "../async/index.ts";
import { describeError, ProviderError } from "../errors/index.ts";
import type { Clock, Model, ModelCallOptions, ModelRequest, ModelStreamPart, Random } from "../spec/index.ts";
import { openStallWatch, type StallWatch } from "./stall-watch.ts";

/** How a model is called again, and how long it may be silent. */
export interface ReliableModelOptions {
  /** Attempts after the first. @default 4 */
  readonly maxRetries?: number;
  /** Milliseconds before the first retry; doubled each time, with jitter. @default 1000 */
  readonly baseDelayMs?: number;
  /** The longest wait, also when the provider asks for more: then the error goes up instead. @default 60000 */
  readonly maxDelayMs?: number;
  /** Milliseconds until the first part. @default 300000 */
  readonly firstChunkMs?: number;
  /** Milliseconds between parts. @default 120000 */
  readonly chunkMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * The one place where model calls are retried and timed: a model made of a model. A retry honours `retry-after` and
 * never happens once a token reached the reader; silence is a retryable `ProviderError`, also of a model that does
 * not listen to its signal.
 */
export function reliableModel(model: Model, options: ReliableModelOptions = {}): Model {
  return {
    provider: model.provider,
    id: model.id,
    ...(model.info === undefined ? {} : { info: model.info }),
    stream: (request, call) => streamReliably(model, { request, call }, options),
  };
}

interface Attempt {
  readonly request: ModelRequest;
  readonly call: ModelCallOptions;
}

async function* streamReliably(
  model: Model,
  { request, call }: Attempt,
  options: ReliableModelOptions,
): AsyncGenerator<ModelStreamPart> {
  const { maxRetries = 4, clock = systemClock, firstChunkMs = 300_000, chunkMs = 120_000 } = options;
  for (let attempt = 1; ; attempt += 1) {
    call.signal.throwIfAborted();
    using watch = openStallWatch(call.signal, { firstChunkMs, chunkMs, provider: model.provider });
    const seen = { content: false };
    try {
      yield* readParts(model.stream(request, { ...call, signal: watch.signal }), watch, seen);
      return;
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      const delayMs = seen.content || attempt > maxRetries ? undefined : retryDelay(error, attempt, options);
      if (delayMs === undefined) throw error;
      yield { type: "model-retry", attempt, delayMs, error: describeError(error) };
      await clock.sleep(delayMs, call.signal);
    }
  }
}

async function* readParts(
  stream: AsyncIterable<ModelStreamPart>,
  watch: StallWatch,
  seen: { content: boolean },
): AsyncGenerator<ModelStreamPart> {
  const iterator = stream[Symbol.asyncIterator]();
  let isOpen = true;
  try {
    for (;;) {
      const step = await watch.wait(iterator.next());
      if (step.done === true) break;
      if (isContent(step.value)) seen.content = true;
      if (step.value.type === "finish") watch.finish();
      // A slow reader is no silent provider.
      watch.pause();
      yield step.value;
      watch.resume();
    }
    isOpen = false;
  } finally {
    if (isOpen) closeQuietly(iterator);
  }
}

/** Lets the model close its connection. Not awaited: one that hangs in `next` would hang here too. */
function closeQuietly(iterator: AsyncIterator<ModelStreamPart>): void {
  iterator.return?.().then(undefined, () => {});
}

/** Whether a part is something that the reader has seen and that a second attempt would repeat. */
export function isContent({ type }: ModelStreamPart): boolean {
  return type === "text-delta" || type === "reasoning-delta" || type === "tool-call" || type === "finish";
}

function retryDelay(error: unknown, attempt: number, options: ReliableModelOptions): number | undefined {
  if (!ProviderError.isInstance(error) || !error.isRetryable) return undefined;
  const { baseDelayMs = 1000, maxDelayMs = 60_000, random = systemRandom } = options;
  if (error.retryAfterMs !== undefined) return error.retryAfterMs <= maxDelayMs ? error.retryAfterMs : undefined;
  const delay = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
  return Math.round(delay * (0.75 + 0.5 * random.next()));
}
