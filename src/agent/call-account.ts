import { systemRandom } from "../async/index.ts";
import { BudgetExhaustedError, mayBeBilled } from "../errors/index.ts";
import type { Budget, ModelFinish, ModelInfo, ModelName, ModelStreamPart, Reservation, Usage } from "../spec/index.ts";
import { reservedFor, worstCase } from "./plan-output.ts";
import type { Totals } from "./totals.ts";

/** What is paid for one answer: each try of each model is held before it is made, and settled by itself. */
export interface CallAccount extends Disposable {
  /** Holds what a call of this model may use. Throws `BudgetExhaustedError`, after which it must not be made. */
  open(model: ModelName): Promise<void>;
  /** Follows what a model made of models tells of its calls; a promise when something is to be held first. */
  follow(part: ModelStreamPart): Promise<void> | undefined;
  /** The answer is complete: settles with what it used and returns its cost in USD, `undefined` when it is not known. */
  settle(finish: ModelFinish): Promise<number | undefined>;
  /** The call broke off after so many characters: whatever may have been billed counts as spent. */
  breakOff(error: unknown, characters: number): Promise<void>;
}

/** Options of `openCallAccount`. */
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

/** Opens the account of one answer. Disposal charges in full whatever is held and was not settled. */
export function openCallAccount(options: CallAccountOptions): CallAccount {
  const { totals } = options;
  const calls = openHeldCalls(options);
  const move = async (model: ModelName, wasBilled: boolean): Promise<void> => {
    await calls.release(wasBilled);
    await calls.hold(model);
  };
  return {
    open: (model) => calls.hold(model),
    follow(part) {
      const current = calls.current();
      switch (part.type) {
        case "model-select":
          if (current !== undefined && isSame(current, part)) return undefined;
          // Another one than was expected: the expected one was not called.
          return move({ provider: part.provider, id: part.id }, false);
        case "model-retry":
          return current === undefined ? undefined : move(current, part.mayBeBilled ?? true);
        case "model-fallback":
          return move(readName(part.to), part.mayBeBilled ?? true);
        case "model-hedge":
          return calls.hold({ provider: part.provider, id: part.id });
        default:
          return undefined;
      }
    },
    async settle(finish) {
      const { usage, message } = finish;
      const cost = totals.addModelCall(usage, message.model);
      const answered = calls.take(message.model);
      // Without usage nobody knows what it was: disposal charges what was held.
      if (usage === undefined) answered?.reservation[Symbol.dispose]();
      else await answered?.reservation.settle({ usage, cost });
      const { model } = message;
      options.onCharged?.({ model, usage, cost, reserved: answered?.reserved, isEstimated: false, finish });
      while (calls.current() !== undefined) await calls.release(true);
      return cost;
    },
    async breakOff(error, characters) {
      // A refusal of the budget is about the call that was not made, and with a hedge nobody knows which one failed how.
      const isOfThisCall = !BudgetExhaustedError.isInstance(error) && calls.count() === 1;
      if (characters === 0 && isOfThisCall && !mayBeBilled(error)) await calls.release(false);
      while (calls.current() !== undefined) await calls.release(true, characters);
    },
    [Symbol.dispose]: () => calls.chargeAll(),
  };
}

/** Calls that are under way: more than one while a hedge runs, the current one last. */
function openHeldCalls(options: CallAccountOptions) {
  const { budget, totals, inputTokens, maxOutputTokens, extend } = options;
  // Never the name of another call, whoever gives names twice: what was settled under a name is not paid again.
  const callId = `${options.callId}:${systemRandom.id()}`;
  const open: Held[] = [];
  let attempt = 0;
  return {
    count: () => open.length,
    current: () => open.at(-1)?.model,
    async hold(model: ModelName): Promise<void> {
      attempt += 1;
      const { tokens, cost } = reservedFor(inputTokens, maxOutputTokens, worstCase(inputTokens, model, options));
      if (cost === undefined) options.onUnpriced?.(model);
      // Only the answer's first try is a turn.
      const estimate = {
        tokens,
        turns: attempt === 1 ? 1 : 0,
        callId,
        attempt,
        ...(cost === undefined ? {} : { cost }),
      };
      for (;;) {
        try {
          open.push({ model, reservation: await budget.reserve(estimate), reserved: cost });
          return;
        } catch (error) {
          if (extend === undefined || !(await extend(error))) throw error;
        }
      }
    },
    /** Ends the current call: for nothing, or in full, which the totals tell as an estimate. */
    async release(wasBilled: boolean, characters = 0): Promise<void> {
      const held = open.pop();
      if (held === undefined) return;
      if (!wasBilled) {
        await held.reservation.settle({ tokens: 0, cost: 0 });
        return;
      }
      held.reservation[Symbol.dispose]();
      const { model, reserved } = held;
      const usage = guessUsage(options, characters);
      const cost = totals.addModelCall(usage, model, { isEstimated: true });
      options.onCharged?.({ model, usage, cost, reserved, isEstimated: true });
    },
    /** The call of a model, or the first one where the answer names another than was asked. */
    take(model: ModelName): Held | undefined {
      const index = Math.max(
        0,
        open.findIndex((held) => isSame(held.model, model)),
      );
      return open.splice(index, 1)[0];
    },
    chargeAll(): void {
      for (const { reservation } of open.splice(0)) reservation[Symbol.dispose]();
    },
  };
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
