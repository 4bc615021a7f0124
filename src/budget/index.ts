export { BudgetTracker, type BudgetTrackerOptions, type RecordedUsage } from "./budget-tracker.ts";
export { joinBudgets } from "./join-budgets.ts";
export type { LedgerAccount } from "./shared/account-key.ts";
export { openLedger, type LedgerOptions, type OpenCall, type SharedLedger } from "./shared/open-ledger.ts";
export { BudgetExhaustedError } from "../errors/index.ts";
export type {
  Budget,
  BudgetDimension,
  BudgetEstimate,
  BudgetLimits,
  BudgetScope,
  BudgetSnapshot,
  BudgetUsage,
  BudgetWarning,
  LimitAction,
  Reservation,
  UnknownCostRule,
} from "../spec/index.ts";
