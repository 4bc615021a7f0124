import { isPromise, systemRandom } from "../async/index.ts";
import { BudgetExhaustedError, mayBeBilled } from "../errors/index.ts";
import type {
  Budget,
  BudgetEstimate,
  BudgetUsage,
  ModelFinish,
  ModelInfo,
  ModelName,
  ModelStreamPart,
  Reservation,
  Usage,
} from "../spec/index.ts";
import { checkReservation } from "../tool-call/index.ts";
import { reservedFor, worstCase, type ReservedAmount } from "./plan-output.ts";
import type { Totals } from "./totals.ts";

/** Options of a `CallAccount`. */
export interface CallAccountOptions {
  readonly budget: Budget;
  readonly totals: Totals;
  readonly modelInfo: (model: ModelName) => ModelInfo | undefined;
  readonly costOf: (usage: Usage, model: ModelName) => number | undefined;
  /** Names the call for whoever reads the ledger; made unique here. */
  readonly callId: string;
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  /** Told of every call that was charged: once each. */
  readonly onCharged?: (call: ChargedCall) => void;
  /** Told of a call whose cost nobody will know. */
  readonly onUnpriced?: (model: ModelName) => void;
  /** Asked where a limit refuses a call and a person may allow more: true = try again. */
  readonly extend?: (error: unknown) => Promise<boolean>;
}

/** A call that was charged. Without `finish` it broke off, and its usage is an estimate. */
export interface ChargedCall {
  readonly model: ModelName;
  readonly usage: Usage | undefined;
  /** USD. */
  readonly cost: number | undefined;
  /** USD that were held for it. */
  readonly reserved: number | undefined;
  readonly isEstimated: boolean;
  readonly finish?: ModelFinish;
}

interface Held {
  readonly model: ModelName;
  readonly reservation: Reservation;
  readonly reserved: number | undefined;
}

/** A call of a model for which something is to be held. */
interface Wanted {
  readonly model: ModelName;
  readonly estimate: BudgetEstimate;
}

/**
 * What is paid for one answer: each try of each model is held before it is made, and settled by itself. A promise is
 * given only where the ledger must be waited for. Disposal charges in full whatever is held and was not settled.
 */
export class CallAccount implements Disposable {
  readonly #options: CallAccountOptions;
  readonly #callId: string;
  /** Calls that are under way: more than one while a hedge runs, the current one last. */
  readonly #open: Held[] = [];
  #attempt = 0;

  constructor(options: CallAccountOptions) {
    this.#options = options;
    // Never the name of another call, whoever gives names twice: what was settled under a name is not paid again.
    this.#callId = `${options.callId}:${nextName()}`;
  }

  /**
   * Holds what a call of this model may use: the planned amount, or its worst case. Throws or rejects with
   * `BudgetExhaustedError`, after which it must not be made.
   */
  open(model: ModelName, planned?: ReservedAmount): Promise<void> | undefined {
    this.#attempt += 1;
    const { tokens, cost } = planned ?? this.#worstOf(model);
    if (cost === undefined) this.#options.onUnpriced?.(model);
    // Only the answer's first try is a turn.
    const named = { callId: this.#callId, attempt: this.#attempt, turns: this.#attempt === 1 ? 1 : 0 };
    return this.#reserve({ model, estimate: cost === undefined ? { tokens, ...named } : { tokens, cost, ...named } });
  }

  /** Follows what a model made of models tells of its calls; a promise when something is to be held first. */
  follow(part: ModelStreamPart): Promise<void> | undefined {
    const current = this.#open.at(-1)?.model;
    switch (part.type) {
      case "model-select":
        if (current !== undefined && isSame(current, part)) return undefined;
        // Another one than was expected: the expected one was not called.
        return this.#move({ provider: part.provider, id: part.id }, false);
      case "model-retry":
        return current === undefined ? undefined : this.#move(current, part.mayBeBilled ?? true);
      case "model-fallback":
        return this.#move(readName(part.to), part.mayBeBilled ?? true);
      case "model-hedge":
        return this.open({ provider: part.provider, id: part.id });
      default:
        return undefined;
    }
  }

  /** The answer is complete: settles with what it used and gives its cost in USD, `undefined` when it is not known. */
  settle(finish: ModelFinish): number | undefined | Promise<number | undefined> {
    const { usage, message } = finish;
    const { model } = message;
    const cost = this.#options.totals.addModelCall(usage, model);
    const answered = this.#find(model);
    const tell = (): void =>
      this.#options.onCharged?.({ model, usage, cost, reserved: answered?.reserved, isEstimated: false, finish });
    const end = (): number | undefined => {
      this.#forget(answered);
      tell();
      this.#chargeRest(0);
      return cost;
    };
    // What the ledger cannot take is charged in full.
    const fail = (error: unknown): never => {
      this.#forget(answered);
      answered?.reservation[Symbol.dispose]();
      tell();
      throw error;
    };
    let settling: void | Promise<void> = undefined;
    try {
      // Without usage nobody knows what it was: disposal charges what was held.
      if (usage === undefined) answered?.reservation[Symbol.dispose]();
      else settling = answered?.reservation.settle({ usage, cost });
    } catch (error) {
      return fail(error);
    }
    return isPromise(settling) ? Promise.resolve(settling).then(end, fail) : end();
  }

  /** The call broke off after so many characters: whatever may have been billed counts as spent; what waited was not made. */
  async breakOff(error: unknown, characters: number, isWaiting = false): Promise<void> {
    // A refusal of the budget is about the call that was not made, and with a hedge nobody knows which one failed how.
    const isOfThisCall = !BudgetExhaustedError.isInstance(error) && this.#open.length === 1;
    if (isWaiting) await this.letGo({ turns: 0 });
    else if (characters === 0 && isOfThisCall && !mayBeBilled(error)) await this.letGo();
    this.#chargeRest(characters);
  }

  /** The current call was not made, or not billed: it ends for nothing. What the ledger cannot take stays open. */
  async letGo(actual: BudgetUsage = {}): Promise<void> {
    const held = this.#open.at(-1);
    try {
      await held?.reservation.settle({ tokens: 0, cost: 0, ...actual });
      this.#forget(held);
    } catch {
      // Why the call ended goes before why that could not be counted; disposal charges it in full.
    }
  }

  [Symbol.dispose](): void {
    for (const { reservation } of this.#open.splice(0)) reservation[Symbol.dispose]();
  }

  async #move(model: ModelName, wasBilled: boolean): Promise<void> {
    if (wasBilled) this.#charge(this.#open.pop(), 0);
    else await this.letGo();
    await this.open(model);
  }

  #worstOf(model: ModelName): ReservedAmount {
    const { inputTokens, maxOutputTokens } = this.#options;
    return reservedFor(inputTokens, maxOutputTokens, worstCase(inputTokens, model, this.#options));
  }

  #reserve(wanted: Wanted): Promise<void> | undefined {
    try {
      const reserving = this.#options.budget.reserve(wanted.estimate);
      if (isPromise(reserving)) return this.#awaitReservation(reserving, wanted);
      this.#keep(reserving, wanted);
      return undefined;
    } catch (error) {
      return this.#reserveMore(error, wanted);
    }
  }

  async #awaitReservation(reserving: PromiseLike<Reservation>, wanted: Wanted): Promise<void> {
    let reservation: Reservation;
    try {
      reservation = await reserving;
    } catch (error) {
      await this.#reserveMore(error, wanted);
      return;
    }
    this.#keep(reservation, wanted);
  }

  async #reserveMore(refusal: unknown, wanted: Wanted): Promise<void> {
    const { extend } = this.#options;
    if (extend === undefined || !(await extend(refusal))) throw refusal;
    await this.#reserve(wanted);
  }

  #keep(reservation: Reservation, { model, estimate }: Wanted): void {
    checkReservation(reservation);
    this.#open.push({ model, reservation, reserved: estimate.cost });
  }

  /** The call of a model, or the first one where the answer names another than was asked. */
  #find(model: ModelName): Held | undefined {
    return this.#open.find((held) => isSame(held.model, model)) ?? this.#open[0];
  }

  #forget(held: Held | undefined): void {
    const index = held === undefined ? -1 : this.#open.indexOf(held);
    if (index >= 0) this.#open.splice(index, 1);
  }

  #chargeRest(characters: number): void {
    while (this.#open.length > 0) this.#charge(this.#open.pop(), characters);
  }

  /** Ends a call in full, which the totals tell as an estimate. */
  #charge(held: Held | undefined, characters: number): void {
    if (held === undefined) return;
    held.reservation[Symbol.dispose]();
    const { model, reserved } = held;
    const usage = guessUsage(this.#options, characters);
    const cost = this.#options.totals.addModelCall(usage, model, { isEstimated: true });
    this.#options.onCharged?.({ model, usage, cost, reserved, isEstimated: true });
  }
}

const PROCESS = systemRandom.id().slice(0, 8);
let names = 0;

/** A name that no other account has, in whatever process. */
function nextName(): string {
  names += 1;
  return `${PROCESS}:${names}`;
}

/** What a call that broke off is likely to have used. */
function guessUsage({ inputTokens }: CallAccountOptions, characters: number): Usage {
  return { input: inputTokens, output: Math.ceil(characters / 3), cacheRead: 0, cacheWrite: 0, reasoning: 0 };
}

function isSame(left: ModelName, right: ModelName): boolean {
  return left.provider === right.provider && left.id === right.id;
}

/** A name written as `provider/id`: ids may hold slashes, providers don't. */
function readName(name: string): ModelName {
  const slash = name.indexOf("/");
  return { provider: name.slice(0, slash), id: name.slice(slash + 1) };
}
