import type { Usage } from "./usage.ts";

/** The port to a ledger. Amounts are tokens and USD; an unknown cost is `undefined`, never 0. */
export interface Budget {
  /** Holds what a call may use at most. Throws `BudgetExhaustedError` when the limits don't leave that much. */
  reserve(estimate: BudgetEstimate): Reservation;
  /** What is used and left. */
  snapshot(): BudgetSnapshot;
  /** The part of the snapshot that a run should warn about; each warning is given once. */
  takeWarning(): BudgetWarning | undefined;
}

/** The most that a call may use. */
export interface BudgetEstimate {
  readonly tokens?: number;
  readonly cost?: number;
}

/** What a call really used. */
export interface BudgetUsage {
  readonly usage?: Usage;
  readonly tokens?: number;
  readonly cost?: number | undefined;
}

/** A held slice of the budget. Disposal without `settle` charges all of it: what is unknown counts as spent. */
export interface Reservation extends Disposable {
  settle(actual: BudgetUsage): void;
}

/** The state of a budget. What has no limit remains `undefined`. */
export interface BudgetSnapshot {
  readonly tokensUsed: number;
  readonly inputTokensUsed: number;
  readonly outputTokensUsed: number;
  readonly costUsed: number;
  readonly tokensReserved: number;
  readonly costReserved: number;
  readonly maxTokens: number | undefined;
  readonly maxCost: number | undefined;
  readonly tokensRemaining: number | undefined;
  readonly costRemaining: number | undefined;
}

/** A limit comes near. */
export interface BudgetWarning {
  readonly limit: "tokens" | "cost";
  /** Used share of the limit, 0 to 1. */
  readonly share: number;
  readonly snapshot: BudgetSnapshot;
}
