export { BudgetTracker, type BudgetTrackerOptions, type RecordedUsage } from "./budget-tracker.ts";
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
