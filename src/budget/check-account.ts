import { BudgetExhaustedError } from "../errors/index.ts";
import type { BudgetDimension, BudgetEstimate, UnknownCostRule } from "../spec/index.ts";
import { DIMENSIONS, showAmount, type Amount } from "./amount.ts";
import { chainOf, limitOf, remainingOf, snapshotOf, usedOf, type Account } from "./ledger.ts";

/** Throws `BudgetExhaustedError` when any account of the chain has spent as much as it may. */
export function checkSpent(account: Account, rule: UnknownCostRule): void {
  for (const each of chainOf(account)) {
    for (const dimension of DIMENSIONS) {
      const limit = limitOf(each, dimension);
      const used = usedOf(each, dimension);
      if (limit === undefined || used < limit) continue;
      const state = `${showAmount(dimension, used)} of ${showAmount(dimension, limit)} used`;
      throw exhausted(account, each, {
        dimension,
        message: `The ${describeBudget(each, dimension)} is spent: ${state}`,
      });
    }
    refuseUnknown(account, each, rule);
  }
}

/**
 * Throws `BudgetExhaustedError` when any account of the chain does not leave as much as is asked for. A dimension of
 * which nothing is asked (0) is never refused, but for time, which every call needs.
 */
export function checkFits(
  account: Account,
  { estimate, amount }: { readonly estimate: BudgetEstimate; readonly amount: Amount },
  rule: UnknownCostRule,
): void {
  // A call that is free by its estimate cannot make an unknown cost worse.
  const isFree = estimate.cost === 0;
  for (const each of chainOf(account)) {
    for (const dimension of DIMENSIONS) {
      const remaining = remainingOf(each, dimension);
      if (remaining === undefined) continue;
      const least = leastNeeded(dimension, estimate);
      if (amount[dimension] <= remaining && least <= remaining) continue;
      throw exhausted(account, each, {
        dimension,
        message:
          `The call needs ${showAmount(dimension, Math.max(amount[dimension], least))} and the ` +
          `${describeBudget(each, dimension)} leaves ${showAmount(dimension, remaining)} of ${showAmount(dimension, limitOf(each, dimension) ?? 0)}`,
      });
    }
    if (!isFree) refuseUnknown(account, each, rule, estimate.cost === undefined);
  }
}

/** Of what nobody estimated, a call needs at least one. */
function leastNeeded(dimension: BudgetDimension, estimate: BudgetEstimate): number {
  if (dimension === "wallMs") return 1;
  return dimension === "tokens" && estimate.tokens === undefined ? 1 : 0;
}

function refuseUnknown(account: Account, each: Account, rule: UnknownCostRule, isAsked = false): void {
  if (rule === "count_as_zero" || each.limits.max.cost === undefined) return;
  if (!each.hasUnknownCost && !isAsked) return;
  throw new BudgetExhaustedError(UNKNOWN_COST, { snapshot: snapshotOf(account) });
}

/** Why a cost that nobody knows is refused, and the ways out. */
export const UNKNOWN_COST =
  "A cost is not known, so the cost budget cannot hold: give the model's price (extendCatalogue or prices), " +
  'limit tokens instead (maxTokens), or set onUnknownCost: "count_as_zero"';

function describeBudget({ scope }: Account, dimension: BudgetDimension): string {
  const name = { tokens: "token", cost: "cost", turns: "turn", toolCalls: "tool call", wallMs: "time" }[dimension];
  return scope === undefined ? `${name} budget` : `${name} budget of the ${scope}`;
}

function exhausted(
  account: Account,
  each: Account,
  { dimension, message }: { readonly dimension: BudgetDimension; readonly message: string },
): BudgetExhaustedError {
  each.refused.add(dimension);
  return new BudgetExhaustedError(message, {
    snapshot: snapshotOf(account),
    isExtendable: each.limits.onLimit === "ask",
  });
}
