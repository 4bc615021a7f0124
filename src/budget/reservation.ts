import type { BudgetEstimate, BudgetUsage, Reservation } from "../spec/index.ts";
import { spendAll, toSpending, type Amount, type Spending } from "./amount.ts";
import { charge, hold, release, type Account } from "./ledger.ts";

/** A reservation of this process: it is settled at once. */
export interface SyncReservation extends Reservation {
  settle(actual: BudgetUsage): void;
}

/** What a reservation is for. */
export interface HeldCall {
  readonly estimate: BudgetEstimate;
  readonly amount: Amount;
  readonly onEnd?: () => void;
}

/**
 * Holds an amount on an account until it is settled or disposed of; one of both happens once. What the actual usage
 * leaves out is charged as held. A cost that was neither estimated nor told marks the account as unknown.
 */
export function openReservation(account: Account, call: HeldCall): SyncReservation {
  return new HeldAmount(account, call);
}

class HeldAmount implements SyncReservation {
  readonly #account: Account;
  readonly #call: HeldCall;
  #isOpen = true;

  constructor(account: Account, call: HeldCall) {
    hold(account, call.amount);
    this.#account = account;
    this.#call = call;
  }

  settle(actual: BudgetUsage): void {
    if (!this.#isOpen) throw new TypeError("The reservation is settled already: settle it once, before its disposal");
    const { estimate, amount } = this.#call;
    this.#end(toSpending(actual, estimate, amount));
  }

  [Symbol.dispose](): void {
    const { estimate, amount } = this.#call;
    if (this.#isOpen) this.#end(spendAll(amount, estimate));
  }

  #end(spent: Spending): void {
    this.#isOpen = false;
    release(this.#account, this.#call.amount);
    charge(this.#account, spent);
    this.#call.onEnd?.();
  }
}

/** What a call that was settled already gets when it asks again: nothing happens a second time. */
export const SETTLED: SyncReservation = Object.freeze({ settle: () => {}, [Symbol.dispose]: () => {} });
