import { BudgetExhaustedError } from "../errors/index.ts";
import type { BudgetEstimate } from "../spec/index.ts";
import { chainOf, remainingNanos, remainingTokens, snapshotOf, type Account, type Amount } from "./ledger.ts";
import { toUsd } from "./money.ts";

/** How a budget with a cost limit takes a cost that is not known. */
export type UnknownCostRule = "refuse" | "count_as_zero";

/** Throws `BudgetExhaustedError` when any account of the chain has spent as much as it may. */
export function checkSpent(account: Account, rule: UnknownCostRule): void {
  for (const each of chainOf(account)) {
    const { maxTokens, maxNanos } = each.limits;
    if (maxTokens !== undefined && each.tokens >= maxTokens) {
      throw exhausted(account, `The token budget is spent: ${each.tokens} of ${maxTokens} tokens used`);
    }
    if (maxNanos !== undefined && each.nanos >= maxNanos) {
      throw exhausted(account, `The cost budget is spent: ${toUsd(each.nanos)} of ${toUsd(maxNanos)} USD used`);
    }
    refuseUnknown(account, each, rule);
  }
}

/**
 * Throws `BudgetExhaustedError` when any account of the chain does not leave as much as is asked for. A dimension of
 * which nothing is asked (0) is never refused.
 */
export function checkFits(
  account: Account,
  { estimate, amount }: { readonly estimate: BudgetEstimate; readonly amount: Amount },
  rule: UnknownCostRule,
): void {
  for (const each of chainOf(account)) {
    const tokens = remainingTokens(each);
    if (tokens !== undefined && (amount.tokens > tokens || (estimate.tokens === undefined && tokens === 0))) {
      const asked = estimate.tokens === undefined ? "at least one token" : `${amount.tokens} tokens`;
      throw exhausted(account, `The call needs ${asked} and the budget leaves ${tokens} of ${each.limits.maxTokens}`);
    }
    const nanos = remainingNanos(each);
    if (nanos === undefined) continue;
    if (amount.nanos > nanos) {
      const [asked, left] = [toUsd(amount.nanos), toUsd(nanos)];
      throw exhausted(account, `The call may cost ${asked} USD and the budget leaves ${left} USD`);
    }
    // A call that is free by its estimate cannot make an unknown cost worse.
    if (estimate.cost !== 0) refuseUnknown(account, each, rule, estimate.cost === undefined);
  }
}

function refuseUnknown(account: Account, each: Account, rule: UnknownCostRule, isAsked = false): void {
  if (rule === "count_as_zero" || each.limits.maxNanos === undefined) return;
  if (!each.hasUnknownCost && !isAsked) return;
  throw exhausted(
    account,
    "A cost is not known, so the cost budget cannot hold: give the model's price (extendCatalogue or prices), " +
      'limit tokens instead (maxTokens), or set onUnknownCost: "count_as_zero"',
  );
}

function exhausted(account: Account, message: string): BudgetExhaustedError {
  return new BudgetExhaustedError(message, { snapshot: snapshotOf(account) });
}
