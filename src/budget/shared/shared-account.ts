import { BudgetExhaustedError } from "../../errors/index.ts";
import type { BudgetDimension, BudgetEstimate, BudgetSnapshot, UnknownCostRule } from "../../spec/index.ts";
import { DIMENSIONS, showAmount, type Amount } from "../amount.ts";
import { UNKNOWN_COST } from "../check-account.ts";
import type { CheckedLimits } from "../check-limits.ts";
import { addSafely } from "../money.ts";
import { describeState } from "../snapshot.ts";
import type { LedgerAccount } from "./account-key.ts";
import type { AccountState } from "./ledger-tables.ts";

/** One account of a shared budget: its limits, and its state as it was last read. */
export interface SharedAccount {
  readonly account: LedgerAccount;
  readonly limits: CheckedLimits;
  readonly rule: UnknownCostRule;
  /** Thresholds of which this process told. */
  readonly warned: Set<string>;
  /** What refused something since the last window. */
  readonly refused: Set<BudgetDimension>;
  key: string;
  state: AccountState;
}

/** The limit of a dimension with all windows that were granted. */
export function limitOf({ limits, state }: SharedAccount, dimension: BudgetDimension): number | undefined {
  const limit = limits.max[dimension];
  return limit === undefined ? undefined : addSafely(limit, limit * (state.windows[dimension] ?? 0));
}

/** What an account leaves; `undefined` without a limit. */
export function remainingOf(account: SharedAccount, dimension: BudgetDimension): number | undefined {
  const limit = limitOf(account, dimension);
  if (limit === undefined) return undefined;
  return Math.max(0, limit - account.state.used[dimension] - account.state.held[dimension]);
}

/** The used share of a limit, 0 to 1. */
export function shareOf(account: SharedAccount, dimension: BudgetDimension): number | undefined {
  const limit = limitOf(account, dimension);
  if (limit === undefined) return undefined;
  return limit === 0 ? 1 : Math.min(1, account.state.used[dimension] / limit);
}

/** Throws `BudgetExhaustedError` when one of the accounts does not leave as much. */
export function checkFits(accounts: readonly SharedAccount[], estimate: BudgetEstimate, amount: Amount): void {
  for (const each of accounts) {
    for (const dimension of DIMENSIONS) {
      const remaining = remainingOf(each, dimension);
      const isWanted = dimension === "wallMs" || (dimension === "tokens" && estimate.tokens === undefined);
      if (remaining === undefined || Math.max(amount[dimension], isWanted ? 1 : 0) <= remaining) continue;
      each.refused.add(dimension);
      throw new BudgetExhaustedError(describeRefusal(each, dimension, { amount, remaining }), {
        snapshot: snapshotOf(accounts),
        isExtendable: each.limits.onLimit === "ask",
      });
    }
    const isUnknown = estimate.cost === undefined || each.state.hasUnknownCost;
    if (each.limits.max.cost === undefined || each.rule === "count_as_zero" || !isUnknown || estimate.cost === 0)
      continue;
    throw new BudgetExhaustedError(UNKNOWN_COST, { snapshot: snapshotOf(accounts) });
  }
}

function describeRefusal(
  each: SharedAccount,
  dimension: BudgetDimension,
  { amount, remaining }: { readonly amount: Amount; readonly remaining: number },
): string {
  const { scope, id, window } = each.account;
  const name = `${scope}${id === undefined ? "" : ` ${JSON.stringify(id)}`}${window === undefined ? "" : ` in this ${window}`}`;
  return (
    `The call may use ${showAmount(dimension, amount[dimension])} and the budget of the ${name} leaves ` +
    `${showAmount(dimension, remaining)} of ${showAmount(dimension, limitOf(each, dimension) ?? 0)}`
  );
}

/** The state of all accounts together: used is what the first counts, remaining the least that any leaves. */
export function snapshotOf(accounts: readonly SharedAccount[]): BudgetSnapshot {
  const [first] = accounts;
  if (first === undefined) throw new TypeError("A shared budget needs at least one account");
  const pick = <Value>(read: (dimension: BudgetDimension) => Value) =>
    Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, read(dimension)])) as {
      readonly [Dimension in BudgetDimension]: Value;
    };
  return describeState({
    used: first.state.used,
    held: first.state.held,
    max: pick((dimension) => least(accounts.map((each) => limitOf(each, dimension)))),
    remaining: pick((dimension) => least(accounts.map((each) => remainingOf(each, dimension)))),
    inputTokens: first.state.input,
    outputTokens: first.state.output,
    isDegraded: accounts.some(isDegraded),
  });
}

function isDegraded(account: SharedAccount): boolean {
  const { degradeAt } = account.limits;
  if (degradeAt === undefined) return false;
  return (shareOf(account, "cost") ?? 0) >= degradeAt || (shareOf(account, "tokens") ?? 0) >= degradeAt;
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
