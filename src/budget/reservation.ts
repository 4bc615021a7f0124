import type { BudgetEstimate, BudgetUsage, Reservation } from "../spec/index.ts";
import { charge, hold, release, type Account, type Amount, type Spending } from "./ledger.ts";
import { checkTokens, toNanos } from "./money.ts";

/**
 * Holds an amount on an account until it is settled or disposed of; one of both happens once. What the actual usage
 * leaves out is charged as held. A cost that was neither estimated nor told marks the account as unknown.
 */
export function openReservation(account: Account, estimate: BudgetEstimate, amount: Amount): Reservation {
  hold(account, amount);
  let isOpen = true;
  const end = (spent: Spending): void => {
    isOpen = false;
    release(account, amount);
    charge(account, spent);
  };
  return {
    settle(actual) {
      if (!isOpen) throw new TypeError("The reservation is settled already: settle it once, before its disposal");
      end(readUsage(actual, estimate, amount));
    },
    [Symbol.dispose]() {
      if (isOpen) end({ ...amount, inputTokens: 0, outputTokens: 0, isCostUnknown: estimate.cost === undefined });
    },
  };
}

function readUsage({ usage, tokens, cost }: BudgetUsage, estimate: BudgetEstimate, held: Amount): Spending {
  const inputTokens = usage === undefined ? 0 : checkTokens(usage.input, "usage.input");
  const outputTokens = usage === undefined ? 0 : checkTokens(usage.output, "usage.output");
  const told = tokens === undefined ? undefined : checkTokens(tokens, "tokens");
  return {
    tokens: told ?? (usage === undefined ? held.tokens : inputTokens + outputTokens),
    inputTokens,
    outputTokens,
    nanos: cost === undefined ? held.nanos : toNanos(cost, "cost"),
    isCostUnknown: cost === undefined && estimate.cost === undefined,
  };
}
