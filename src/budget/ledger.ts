import type { BudgetSnapshot } from "../spec/index.ts";
import { addSafely, toUsd } from "./money.ts";

/** An amount in whole tokens and nano-dollars. */
export interface Amount {
  readonly tokens: number;
  readonly nanos: number;
}

/** What was spent. Input and output are parts of `tokens`, as far as somebody told them apart. */
export interface Spending extends Amount {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The cost is not known: `nanos` is not the whole truth. */
  readonly isCostUnknown: boolean;
}

/** The limits of one account; `undefined` = none. */
export interface AccountLimits {
  readonly maxTokens: number | undefined;
  readonly maxNanos: number | undefined;
  readonly warnAt: number;
}

/** What one tracker keeps. Only the functions of this file change it. */
export interface Account {
  readonly limits: AccountLimits;
  readonly parent: Account | undefined;
  tokens: number;
  inputTokens: number;
  outputTokens: number;
  nanos: number;
  tokensReserved: number;
  nanosReserved: number;
  hasUnknownCost: boolean;
  readonly warned: Set<"tokens" | "cost">;
}

/** Opens an account below another one, or at the top. */
export function openAccount(limits: AccountLimits, parent: Account | undefined): Account {
  return { limits, parent, ...emptyCounters(), tokensReserved: 0, nanosReserved: 0, warned: new Set() };
}

/** An account and those that its spending also counts for, from the inside out. */
export function* chainOf(account: Account): Generator<Account> {
  for (let current: Account | undefined = account; current !== undefined; current = current.parent) yield current;
}

/** Books what was spent on every account of the chain. */
export function charge(account: Account, spent: Spending): void {
  for (const each of chainOf(account)) {
    each.tokens = addSafely(each.tokens, spent.tokens);
    each.inputTokens = addSafely(each.inputTokens, spent.inputTokens);
    each.outputTokens = addSafely(each.outputTokens, spent.outputTokens);
    each.nanos = addSafely(each.nanos, spent.nanos);
    each.hasUnknownCost ||= spent.isCostUnknown;
  }
}

/** Holds an amount on every account of the chain. The caller has checked that it fits. */
export function hold(account: Account, amount: Amount): void {
  for (const each of chainOf(account)) {
    each.tokensReserved = addSafely(each.tokensReserved, amount.tokens);
    each.nanosReserved = addSafely(each.nanosReserved, amount.nanos);
  }
}

/** Lets go of what was held. */
export function release(account: Account, amount: Amount): void {
  for (const each of chainOf(account)) {
    each.tokensReserved = Math.max(0, each.tokensReserved - amount.tokens);
    each.nanosReserved = Math.max(0, each.nanosReserved - amount.nanos);
  }
}

/** Forgets what one account spent. What is held stays held, and accounts above keep what they paid. */
export function resetAccount(account: Account): void {
  Object.assign(account, emptyCounters());
  account.warned.clear();
}

/** The state of an account. What remains is the least that any account of the chain leaves. */
export function snapshotOf(account: Account): BudgetSnapshot {
  const { maxTokens, maxNanos } = account.limits;
  const nanosRemaining = least(account, remainingNanos);
  return Object.freeze({
    tokensUsed: account.tokens,
    inputTokensUsed: account.inputTokens,
    outputTokensUsed: account.outputTokens,
    costUsed: toUsd(account.nanos),
    tokensReserved: account.tokensReserved,
    costReserved: toUsd(account.nanosReserved),
    maxTokens,
    maxCost: maxNanos === undefined ? undefined : toUsd(maxNanos),
    tokensRemaining: least(account, remainingTokens),
    costRemaining: nanosRemaining === undefined ? undefined : toUsd(nanosRemaining),
  });
}

/** Tokens that an account leaves, reservations counted; `undefined` without a limit. */
export function remainingTokens({ limits, tokens, tokensReserved }: Account): number | undefined {
  return limits.maxTokens === undefined ? undefined : Math.max(0, limits.maxTokens - tokens - tokensReserved);
}

/** Nano-dollars that an account leaves, reservations counted; `undefined` without a limit. */
export function remainingNanos({ limits, nanos, nanosReserved }: Account): number | undefined {
  return limits.maxNanos === undefined ? undefined : Math.max(0, limits.maxNanos - nanos - nanosReserved);
}

function least(account: Account, remaining: (account: Account) => number | undefined): number | undefined {
  const all = [...chainOf(account)].map(remaining).filter((value) => value !== undefined);
  return all.length === 0 ? undefined : Math.min(...all);
}

function emptyCounters() {
  return { tokens: 0, inputTokens: 0, outputTokens: 0, nanos: 0, hasUnknownCost: false };
}
