import { systemClock } from "../async/index.ts";
import { checkKnownNames, type KnownNames } from "../errors/index.ts";
import type {
  Budget,
  BudgetEstimate,
  BudgetLimits,
  BudgetScope,
  BudgetSnapshot,
  BudgetWarning,
  Clock,
  UnknownCostRule,
} from "../spec/index.ts";
import { NOTHING, toAmount } from "./amount.ts";
import { CallBook, keyOf } from "./call-book.ts";
import { checkLimits } from "./check-limits.ts";
import { charge, extendAccount, openAccount, resetAccount, type Account } from "./ledger.ts";
import { LIMIT_NAMES } from "./limit-names.ts";
import { checkCount, toNanos } from "./money.ts";
import { openReservation, type SyncReservation } from "./reservation.ts";
import { checkFits, checkSpent, findWarning, snapshotOf } from "./standing.ts";

/** What was used, as a program outside a run counts it. */
export interface RecordedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** USD; `undefined` when the price is not known. */
  readonly cost?: number | undefined;
  readonly turns?: number;
  readonly toolCalls?: number;
  readonly wallMs?: number;
}

/** Limits, and where time comes from. */
export interface BudgetTrackerOptions extends BudgetLimits {
  /** Whose limits these are, for messages. */
  readonly scope?: BudgetScope;
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, "monotonic">;
}

const OPTIONS: KnownNames<BudgetTrackerOptions> = { ...LIMIT_NAMES, scope: true, clock: true };

/**
 * Counts tokens, money, turns, tool calls and time against limits, by itself or as part of a parent's budget.
 * Everything is synchronous: no other call gets between a check and its reservation. Amounts that are negative, NaN or
 * infinite are `RangeError`s.
 *
 * @example
 * const budget = new BudgetTracker({ maxTokens: 1000, maxCost: 0.5 });
 * budget.recordUsage({ inputTokens: 100, outputTokens: 50, cost: 0.1 });
 * budget.checkBudget(); // throws BudgetExhaustedError once a limit is reached
 * budget.snapshot().tokensRemaining; // 850
 */
export class BudgetTracker implements Budget {
  /** Whether the model is to be told what remains. */
  readonly tellsModel: boolean;
  readonly #account: Account;
  readonly #rule: UnknownCostRule;
  readonly #calls: CallBook;

  /** A tracker with a `parent` is its child: see `child`. */
  constructor(options: BudgetTrackerOptions = {}, parent?: BudgetTracker) {
    checkKnownNames("A budget", options, OPTIONS);
    const inherited =
      parent === undefined ? undefined : { rule: parent.#rule, calls: parent.#calls, account: parent.#account };
    const { onUnknownCost = inherited?.rule ?? "refuse", scope, clock = systemClock } = options;
    const limits = checkLimits(options);
    this.#rule = onUnknownCost;
    this.tellsModel = options.tellModel ?? parent?.tellsModel ?? false;
    this.#calls = inherited?.calls ?? new CallBook();
    const above = inherited?.account;
    const now = options.clock === undefined && above !== undefined ? above.now : () => clock.monotonic();
    this.#account = openAccount({ limits, scope, rule: onUnknownCost, parent: above, now });
  }

  /** Whether a cost was recorded that nobody knew: then `costUsed` is not the whole truth. */
  get hasUnknownCost(): boolean {
    return this.#account.hasUnknownCost;
  }

  /** Adds what was used, also beyond a limit: what happened is on record. Returns the new state. */
  recordUsage(usage: RecordedUsage): BudgetSnapshot {
    const { cost, turns = 0, toolCalls = 0, wallMs = 0 } = usage;
    const inputTokens = checkCount(usage.inputTokens, "inputTokens");
    const outputTokens = checkCount(usage.outputTokens, "outputTokens");
    const amount = {
      ...NOTHING,
      tokens: inputTokens + outputTokens,
      cost: cost === undefined ? 0 : toNanos(cost, "cost"),
      turns: checkCount(turns, "turns"),
      toolCalls: checkCount(toolCalls, "toolCalls"),
      wallMs: checkCount(Math.round(wallMs), "wallMs"),
    };
    charge(this.#account, { amount, inputTokens, outputTokens, isCostUnknown: cost === undefined });
    return this.snapshot();
  }

  /** Throws `BudgetExhaustedError` when a limit, own or a parent's, is reached, or can't be watched for want of a price. */
  checkBudget(): void {
    checkSpent(this.#account.chain, this.#rule);
  }

  snapshot(): BudgetSnapshot {
    return snapshotOf(this.#account.chain);
  }

  /**
   * Holds an amount on this budget and its parents, or on none of them. Throws `BudgetExhaustedError` when one of them
   * leaves less, or when the cost is left out and one of them limits it.
   */
  reserve(estimate: BudgetEstimate): SyncReservation {
    const amount = toAmount(estimate);
    const key = keyOf(estimate);
    const known = key === undefined ? undefined : this.#calls.find(key);
    if (known !== undefined) return known;
    checkFits(this.#account.chain, { estimate, amount, rule: this.#rule });
    if (key === undefined) return openReservation(this.#account, { estimate, amount });
    const onEnd = (): void => this.#calls.end(key);
    const reservation = openReservation(this.#account, { estimate, amount, onEnd });
    this.#calls.open(key, reservation);
    return reservation;
  }

  /** A budget inside this one: what it spends counts here too, and it can never spend more than this one leaves. */
  child(limits: BudgetTrackerOptions = {}): BudgetTracker {
    return new BudgetTracker(limits, this);
  }

  /** A warning about a limit, own or a parent's, that comes near; each threshold warns once. */
  takeWarning(): BudgetWarning | undefined {
    return findWarning(this.#account.chain);
  }

  /** One more window for each limit that refused something and has `onLimit: "ask"`; false when there is none. */
  extend(): boolean {
    return extendAccount(this.#account);
  }

  /** Starts again from nothing used. What is reserved stays reserved; parents keep what they paid. */
  reset(): void {
    resetAccount(this.#account);
  }
}
