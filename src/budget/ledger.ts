import type { BudgetDimension, BudgetScope, BudgetSnapshot } from "../spec/index.ts";
import { addAmounts, DIMENSIONS, NOTHING, takeAmount, type Amount, type Spending } from "./amount.ts";
import type { CheckedLimits } from "./check-limits.ts";
import { addSafely } from "./money.ts";
import { describeState } from "./snapshot.ts";

/** What one tracker keeps. Only the functions of this file and of `check-account.ts` change it. */
export interface Account {
  readonly limits: CheckedLimits;
  readonly scope: BudgetScope | undefined;
  readonly parent: Account | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  openedAt: number;
  used: Amount;
  held: Amount;
  inputTokens: number;
  outputTokens: number;
  hasUnknownCost: boolean;
  /** Windows that were granted after the first, by dimension. */
  readonly windows: Map<BudgetDimension, number>;
  /** Dimensions that refused something since the last window was granted. */
  readonly refused: Set<BudgetDimension>;
  /** Thresholds that were told. */
  readonly warned: Set<string>;
}

/** Opens an account below another one, or at the top. */
export function openAccount(options: Pick<Account, "limits" | "scope" | "parent" | "now">): Account {
  return {
    ...options,
    openedAt: options.now(),
    held: NOTHING,
    ...emptyCounters(),
    windows: new Map(),
    refused: new Set(),
    warned: new Set(),
  };
}

/** An account and those that its spending also counts for, from the inside out. */
export function* chainOf(account: Account): Generator<Account> {
  for (let current: Account | undefined = account; current !== undefined; current = current.parent) yield current;
}

/** Books what was spent on every account of the chain. */
export function charge(account: Account, spent: Spending): void {
  for (let each: Account | undefined = account; each !== undefined; each = each.parent) {
    each.used = addAmounts(each.used, spent.amount);
    each.inputTokens = addSafely(each.inputTokens, spent.inputTokens);
    each.outputTokens = addSafely(each.outputTokens, spent.outputTokens);
    each.hasUnknownCost ||= spent.isCostUnknown;
  }
}

/** Holds an amount on every account of the chain. The caller has checked that it fits. */
export function hold(account: Account, amount: Amount): void {
  for (const each of chainOf(account)) each.held = addAmounts(each.held, amount);
}

/** Lets go of what was held. */
export function release(account: Account, amount: Amount): void {
  for (const each of chainOf(account)) each.held = takeAmount(each.held, amount);
}

/** Forgets what one account spent. What is held stays held, and accounts above keep what they paid. */
export function resetAccount(account: Account): void {
  Object.assign(account, emptyCounters());
  account.openedAt = account.now();
  account.windows.clear();
  account.refused.clear();
  account.warned.clear();
}

/** Gives every dimension that refused something, and that may grow, one more window. Tells whether there was one. */
export function extendAccount(account: Account): boolean {
  let hasGrown = false;
  for (const each of chainOf(account)) {
    if (each.limits.onLimit !== "ask") continue;
    for (const dimension of each.refused) {
      each.windows.set(dimension, (each.windows.get(dimension) ?? 0) + 1);
      forgetWarnings(each, dimension);
      hasGrown = true;
    }
    each.refused.clear();
  }
  return hasGrown;
}

/** A new window warns anew. */
function forgetWarnings({ warned }: Account, dimension: BudgetDimension): void {
  for (const key of warned) if (key.startsWith(`${dimension} `)) warned.delete(key);
}

/** The limit of a dimension with all windows that were granted; `undefined` without a limit. */
export function limitOf({ limits, windows }: Account, dimension: BudgetDimension): number | undefined {
  const limit = limits.max[dimension];
  return limit === undefined ? undefined : addSafely(limit, limit * (windows.get(dimension) ?? 0));
}

/** What was used of a dimension; time runs by itself. */
export function usedOf(account: Account, dimension: BudgetDimension): number {
  const { used, now, openedAt } = account;
  return dimension === "wallMs" ? used.wallMs + Math.max(0, now() - openedAt) : used[dimension];
}

/** What an account leaves of a dimension, reservations counted; `undefined` without a limit. */
export function remainingOf(account: Account, dimension: BudgetDimension): number | undefined {
  const limit = limitOf(account, dimension);
  if (limit === undefined) return undefined;
  return Math.max(0, limit - usedOf(account, dimension) - account.held[dimension]);
}

/** The used share of a limit, 0 to 1; `undefined` without a limit. */
export function shareOf(account: Account, dimension: BudgetDimension): number | undefined {
  const limit = limitOf(account, dimension);
  if (limit === undefined) return undefined;
  return limit === 0 ? 1 : Math.min(1, usedOf(account, dimension) / limit);
}

/** The state of an account. What remains is the least that any account of the chain leaves. */
export function snapshotOf(account: Account): BudgetSnapshot {
  const { held, inputTokens, outputTokens } = account;
  const pick = <Value>(read: (account: Account, dimension: BudgetDimension) => Value) =>
    Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, read(account, dimension)])) as {
      readonly [Dimension in BudgetDimension]: Value;
    };
  return describeState({
    used: pick(usedOf),
    held,
    max: pick(limitOf),
    remaining: pick(leastOf),
    inputTokens,
    outputTokens,
    isDegraded: [...chainOf(account)].some(isDegraded),
  });
}

function isDegraded(account: Account): boolean {
  const { degradeAt } = account.limits;
  if (degradeAt === undefined) return false;
  return (shareOf(account, "cost") ?? 0) >= degradeAt || (shareOf(account, "tokens") ?? 0) >= degradeAt;
}

function leastOf(account: Account, dimension: BudgetDimension): number | undefined {
  let least: number | undefined;
  for (const each of chainOf(account)) {
    const remaining = remainingOf(each, dimension);
    if (remaining !== undefined && (least === undefined || remaining < least)) least = remaining;
  }
  return least;
}

function emptyCounters() {
  return { used: NOTHING, inputTokens: 0, outputTokens: 0, hasUnknownCost: false };
}
