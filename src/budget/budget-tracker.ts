import type { Budget, BudgetEstimate, BudgetSnapshot, BudgetWarning, Reservation } from "../spec/index.ts";
import { checkFits, checkSpent, type UnknownCostRule } from "./check-account.ts";
import { charge, openAccount, resetAccount, snapshotOf, type Account, type AccountLimits } from "./ledger.ts";
import { checkTokens, toNanos } from "./money.ts";
import { openReservation } from "./reservation.ts";

/** What a budget allows. What is left out has no limit; 0 allows nothing. */
export interface BudgetLimits {
  /** Input and output tokens together. */
  readonly maxTokens?: number | undefined;
  /** USD. */
  readonly maxCost?: number | undefined;
  /** Share of a limit, above 0 up to 1, from which on `takeWarning` warns. @default 0.8 */
  readonly warnAt?: number;
  /**
   * What a budget with `maxCost` does with a cost that is not known: `refuse` every further call that is not free, or
   * `count_as_zero`. A child asks its own rule. @default "refuse"
   */
  readonly onUnknownCost?: UnknownCostRule;
}

/** What was used, as a program outside a run counts it. */
export interface RecordedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** USD; `undefined` when the price is not known. */
  readonly cost?: number | undefined;
}

/**
 * Counts tokens and money against limits, by itself or as part of a parent's budget. Everything is synchronous: no
 * other call gets between a check and its reservation. Amounts that are negative, NaN or infinite are `RangeError`s.
 *
 * @example
 * const budget = new BudgetTracker({ maxTokens: 1000, maxCost: 0.5 });
 * budget.recordUsage({ inputTokens: 100, outputTokens: 50, cost: 0.1 });
 * budget.checkBudget(); // throws BudgetExhaustedError once a limit is reached
 * budget.snapshot().tokensRemaining; // 850
 */
export class BudgetTracker implements Budget {
  readonly #account: Account;
  readonly #rule: UnknownCostRule;

  /** A tracker with a `parent` is its child: see `child`. */
  constructor(limits: BudgetLimits = {}, parent?: BudgetTracker) {
    const { onUnknownCost = parent === undefined ? "refuse" : parent.#rule } = limits;
    if (onUnknownCost !== "refuse" && onUnknownCost !== "count_as_zero") {
      throw new TypeError(`onUnknownCost must be "refuse" or "count_as_zero", got ${String(onUnknownCost)}`);
    }
    this.#rule = onUnknownCost;
    this.#account = openAccount(checkLimits(limits), parent === undefined ? undefined : parent.#account);
  }

  /** Whether a cost was recorded that nobody knew: then `costUsed` is not the whole truth. */
  get hasUnknownCost(): boolean {
    return this.#account.hasUnknownCost;
  }

  /** Adds what was used, also beyond a limit: what happened is on record. Returns the new state. */
  recordUsage(usage: RecordedUsage): BudgetSnapshot {
    const inputTokens = checkTokens(usage.inputTokens, "inputTokens");
    const outputTokens = checkTokens(usage.outputTokens, "outputTokens");
    const nanos = usage.cost === undefined ? 0 : toNanos(usage.cost, "cost");
    const tokens = inputTokens + outputTokens;
    charge(this.#account, { tokens, inputTokens, outputTokens, nanos, isCostUnknown: usage.cost === undefined });
    return this.snapshot();
  }

  /** Throws `BudgetExhaustedError` when a limit, own or a parent's, is reached, or can't be watched for want of a price. */
  checkBudget(): void {
    checkSpent(this.#account, this.#rule);
  }

  snapshot(): BudgetSnapshot {
    return snapshotOf(this.#account);
  }

  /**
   * Holds an amount on this budget and its parents, or on none of them. Throws `BudgetExhaustedError` when one of them
   * leaves less, or when the cost is left out and one of them limits it.
   */
  reserve(estimate: BudgetEstimate): Reservation {
    const amount = {
      tokens: estimate.tokens === undefined ? 0 : checkTokens(estimate.tokens, "tokens"),
      nanos: estimate.cost === undefined ? 0 : toNanos(estimate.cost, "cost"),
    };
    checkFits(this.#account, { estimate, amount }, this.#rule);
    return openReservation(this.#account, estimate, amount);
  }

  /** A budget inside this one: what it spends counts here too, and it can never spend more than this one leaves. */
  child(limits: BudgetLimits = {}): BudgetTracker {
    return new BudgetTracker(limits, this);
  }

  /** A warning about a limit of this budget that comes near; each limit warns once. */
  takeWarning(): BudgetWarning | undefined {
    const { limits, tokens, nanos, warned } = this.#account;
    const shares = [
      ["tokens", shareOf(tokens, limits.maxTokens)],
      ["cost", shareOf(nanos, limits.maxNanos)],
    ] as const;
    for (const [limit, share] of shares) {
      if (share === undefined || share < limits.warnAt || warned.has(limit)) continue;
      warned.add(limit);
      return { limit, share: Math.min(share, 1), snapshot: this.snapshot() };
    }
    return undefined;
  }

  /** Starts again from nothing used. What is reserved stays reserved; parents keep what they paid. */
  reset(): void {
    resetAccount(this.#account);
  }
}

function checkLimits({ maxTokens, maxCost, warnAt = 0.8 }: BudgetLimits): AccountLimits {
  if (!(warnAt > 0 && warnAt <= 1)) throw new RangeError(`warnAt must be above 0 and at most 1, got ${String(warnAt)}`);
  return {
    maxTokens: maxTokens === undefined ? undefined : checkTokens(maxTokens, "maxTokens"),
    maxNanos: maxCost === undefined ? undefined : toNanos(maxCost, "maxCost"),
    warnAt,
  };
}

function shareOf(used: number, limit: number | undefined): number | undefined {
  if (limit === undefined) return undefined;
  return limit === 0 ? 1 : used / limit;
}
