import type { BudgetDimension, BudgetScope, UnknownCostRule } from "../spec/index.ts";
import { addAmounts, NOTHING, takeAmount, type Amount, type Spending } from "./amount.ts";
import type { CheckedLimits } from "./check-limits.ts";
import { addSafely } from "./money.ts";
import type { Standing } from "./standing.ts";

/** What one tracker keeps. Only the functions of this file change it. */
export interface Account extends Standing {
  readonly parent: Account | undefined;
  /** This account and those that its spending also counts for, from the inside out. */
  readonly chain: readonly Account[];
  held: Amount;
  input: number;
  output: number;
  hasUnknownCost: boolean;
  /** What was spent; time runs besides. */
  spent: Amount;
  openedAt: number;
  readonly now: () => number;
  readonly granted: Map<BudgetDimension, number>;
}

/** What an account is opened with. */
export interface AccountOptions {
  readonly limits: CheckedLimits;
  readonly scope: BudgetScope | undefined;
  readonly rule: UnknownCostRule;
  readonly parent: Account | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Opens an account below another one, or at the top. */
export function openAccount(options: AccountOptions): Account {
  const { scope, now, parent } = options;
  const chain: Account[] = [];
  const account: Account = {
    ...options,
    chain,
    owner: scope === undefined ? "" : `of the ${scope}`,
    openedAt: now(),
    held: NOTHING,
    ...emptyCounters(),
    granted: new Map(),
    refused: new Set(),
    warned: new Set(),
    used: (dimension) =>
      dimension === "wallMs" ? account.spent.wallMs + Math.max(0, now() - account.openedAt) : account.spent[dimension],
    windows: (dimension) => account.granted.get(dimension) ?? 0,
  };
  chain.push(account, ...(parent?.chain ?? []));
  return account;
}

/** Books what was spent on every account of the chain. */
export function charge(account: Account, { amount, inputTokens, outputTokens, isCostUnknown }: Spending): void {
  for (const each of account.chain) {
    each.spent = addAmounts(each.spent, amount);
    each.input = addSafely(each.input, inputTokens);
    each.output = addSafely(each.output, outputTokens);
    each.hasUnknownCost ||= isCostUnknown;
  }
}

/** Holds an amount on every account of the chain. The caller has checked that it fits. */
export function hold(account: Account, amount: Amount): void {
  for (const each of account.chain) each.held = addAmounts(each.held, amount);
}

/** Lets go of what was held. */
export function release(account: Account, amount: Amount): void {
  for (const each of account.chain) each.held = takeAmount(each.held, amount);
}

/** Forgets what one account spent. What is held stays held, and accounts above keep what they paid. */
export function resetAccount(account: Account): void {
  Object.assign(account, emptyCounters());
  account.openedAt = account.now();
  account.granted.clear();
  account.refused.clear();
  account.warned.clear();
}

/** Gives every dimension that refused something, and that may grow, one more window. Tells whether there was one. */
export function extendAccount(account: Account): boolean {
  let hasGrown = false;
  for (const { limits, refused, granted, warned } of account.chain) {
    if (limits.onLimit !== "ask" || refused.size === 0) continue;
    for (const dimension of refused) granted.set(dimension, (granted.get(dimension) ?? 0) + 1);
    refused.clear();
    // A new window warns anew.
    warned.clear();
    hasGrown = true;
  }
  return hasGrown;
}

function emptyCounters() {
  return { spent: NOTHING, input: 0, output: 0, hasUnknownCost: false };
}
