import { describeError, mayBeBilled, ProviderError } from "../errors/index.ts";
import type { Model, ModelCallOptions, ModelRequest, ModelStreamPart, PartIterator } from "../spec/index.ts";
import type { Route } from "./choose-model.ts";
import { isContent } from "./is-content.ts";
import { MemberCall } from "./member-call.ts";
import { nameOf } from "./model-name.ts";
import type { RouterParts } from "./router-parts.ts";

type Step = IteratorResult<ModelStreamPart, undefined>;

const DONE: Step = { done: true, value: undefined };

/** Characters of a token, for limits of rates only: what was too much is given back. */
const CHARS_PER_TOKEN = 4;

/** What a stream of a router needs. */
export interface RoutedCall {
  readonly request: ModelRequest;
  readonly options: ModelCallOptions;
  readonly route: Route;
  readonly parts: RouterParts;
}

/**
 * The parts of a routed call. A call is made only when the part that announces it was read and the stream is read on, so
 * that whoever pays may refuse it. Once a model has given its first token, its own stream is passed through as it is.
 */
export class RouterStream implements PartIterator {
  readonly #call: RoutedCall;
  /** Models that were not asked yet. */
  readonly #waiting: Model[];
  /** Calls that are under way: two while a hedge runs. */
  #open: MemberCall[] = [];
  /** Announced, and called when the stream is read on. */
  #next: Model | undefined;
  #through: MemberCall | undefined;
  #isWaiting = true;
  #isOver = false;
  #mayHedge = true;

  constructor(call: RoutedCall) {
    this.#call = call;
    this.#waiting = [...call.route.order];
  }

  next(): Promise<Step> {
    if (this.#through !== undefined) return this.#through.stream.next();
    return this.#advance();
  }

  ready(): ModelStreamPart | undefined {
    return this.#through?.stream.ready();
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  return(): Promise<Step> {
    this.#isOver = true;
    for (const call of [...this.#open, this.#through]) call?.close();
    this.#open = [];
    this.#through = undefined;
    return Promise.resolve(DONE);
  }

  async #advance(): Promise<Step> {
    if (this.#isOver) return DONE;
    if (this.#next !== undefined) {
      const model = this.#next;
      this.#next = undefined;
      const refused = await this.#begin(model);
      // The reader may have left while the call waited for its turn.
      if (this.#isOver) return DONE;
      if (refused !== undefined) return this.#fallBack(model, refused);
    }
    if (this.#open.length === 0) return this.#select();
    return await this.#await();
  }

  /** The first model is announced, not called yet. */
  #select(): Step {
    const { route, options } = this.#call;
    options.signal.throwIfAborted();
    const model = this.#waiting.shift();
    this.#next = model;
    if (model === undefined) return DONE;
    const { provider, id } = model;
    const { reason, strategy } = route;
    return { done: false, value: { type: "model-select", provider, id, reason, strategy } };
  }

  /** Waits for the turn that limits of rates leave, then calls. Gives why it does not. */
  async #begin(model: Model): Promise<unknown> {
    const { request, options, parts } = this.#call;
    const { signal, sessionId = "" } = options;
    const rate = parts.rateOf(model);
    const taken = rate === undefined ? 0 : guessTokens(request);
    if (rate !== undefined && !(await rate.take(taken, { session: sessionId, signal }))) {
      const message = `${nameOf(model)} is asked as often as its rate limits allow`;
      return new ProviderError(message, { provider: model.provider, isRetryable: true, status: 429 });
    }
    signal.throwIfAborted();
    if (this.#isOver) return undefined;
    // Others may have found out since the route was chosen.
    if (this.#waiting.length > 0 && (parts.breaker?.waitMs(model.provider) ?? 0) > 0) {
      const message = `${model.provider} failed too often: it is left alone for a while`;
      return new ProviderError(message, { provider: model.provider, isRetryable: true, status: 503 });
    }
    this.#isWaiting = false;
    this.#open.push(new MemberCall(model, parts, { request, options, taken }));
    return undefined;
  }

  /** Waits for whichever call speaks first, or for the time at which another one is to be asked beside. */
  async #await(): Promise<Step> {
    const [first] = this.#open;
    const { hedgeMs } = this.#call.parts;
    const beside = this.#mayHedge && hedgeMs !== undefined ? this.#waiting[0] : undefined;
    if (first !== undefined && beside !== undefined && hedgeMs !== undefined) {
      this.#mayHedge = false;
      const isSilent = await this.#staysSilent(first, hedgeMs);
      if (isSilent) {
        this.#next = this.#waiting.shift();
        const { provider, id } = beside;
        return { done: false, value: { type: "model-hedge", provider, id, afterMs: hedgeMs } };
      }
    }
    const calls = this.#open;
    const [call, outcome] = await Promise.race(calls.map(async (each) => [each, await settle(each)] as const));
    if ("error" in outcome) return this.#drop(call, outcome.error);
    const { step } = outcome;
    call.take(step);
    if (step.done !== true && isContent(step.value)) this.#keep(call);
    return step;
  }

  async #staysSilent(call: MemberCall, ms: number): Promise<boolean> {
    const patience = new AbortController();
    const silence = this.#call.parts.clock.sleep(ms, patience.signal).then(
      () => true,
      () => false,
    );
    const isSilent = await Promise.race([silence, settle(call).then(() => false)]);
    patience.abort();
    return isSilent;
  }

  /** The first token came: this call is the answer, any other one is given up. */
  #keep(call: MemberCall): void {
    for (const other of this.#open) if (other !== call) other.overtake();
    this.#open = [];
    this.#through = call;
  }

  #drop(call: MemberCall, error: unknown): Step | Promise<Step> {
    const { signal } = this.#call.options;
    this.#open = this.#open.filter((other) => other !== call);
    const mayGoOn = call.fail(error);
    if (signal.aborted) return this.#end(signal.reason);
    // The other one of a hedge is still at work.
    if (this.#open.length > 0) return this.#advance();
    return mayGoOn ? this.#fallBack(call.model, error) : this.#end(error);
  }

  #fallBack(failed: Model, error: unknown): Step | Promise<Step> {
    if (this.#open.length > 0) return this.#advance();
    const model = this.#waiting.shift();
    if (model === undefined) return this.#end(error);
    this.#next = model;
    this.#isWaiting = true;
    const value = {
      type: "model-fallback",
      from: nameOf(failed),
      to: nameOf(model),
      error: describeError(error),
      mayBeBilled: mayBeBilled(error),
    } as const;
    return { done: false, value };
  }

  #end(error: unknown): never {
    this.#isOver = true;
    for (const call of this.#open) call.close();
    this.#open = [];
    throw error;
  }
}

async function settle(call: MemberCall): Promise<{ readonly step: Step } | { readonly error: unknown }> {
  try {
    return { step: await call.peek() };
  } catch (error) {
    return { error };
  }
}

/** What a request is likely to take of a limit of tokens a minute. */
function guessTokens({ system = "", messages, maxOutputTokens = 0 }: ModelRequest): number {
  return Math.ceil((system.length + JSON.stringify(messages).length) / CHARS_PER_TOKEN) + maxOutputTokens;
}
