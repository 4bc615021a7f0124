import type { BudgetEstimate, Reservation } from "../spec/index.ts";
import { spendAll, toSpending, type Amount, type Spending } from "./amount.ts";
import { charge, hold, release, type Account } from "./ledger.ts";

/** A reservation of this process: it is settled at once. */
export interface SyncReservation extends Reservation {
  settle(actual: Parameters<Reservation["settle"]>[0]): void;
}

/**
 * Holds an amount on an account until it is settled or disposed of; one of both happens once. What the actual usage
 * leaves out is charged as held. A cost that was neither estimated nor told marks the account as unknown.
 */
export function openReservation(
  account: Account,
  {
    estimate,
    amount,
    onEnd,
  }: { readonly estimate: BudgetEstimate; readonly amount: Amount; readonly onEnd?: () => void },
): SyncReservation {
  hold(account, amount);
  let isOpen = true;
  const end = (spent: Spending): void => {
    isOpen = false;
    release(account, amount);
    charge(account, spent);
    onEnd?.();
  };
  return {
    settle(actual) {
      if (!isOpen) throw new TypeError("The reservation is settled already: settle it once, before its disposal");
      end(toSpending(actual, estimate, amount));
    },
    [Symbol.dispose]() {
      if (isOpen) end(spendAll(amount, estimate));
    },
  };
}

/** What a call that was settled already gets when it asks again: nothing happens a second time. */
export const SETTLED: SyncReservation = Object.freeze({ settle: () => {}, [Symbol.dispose]: () => {} });
