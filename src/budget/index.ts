export { BudgetTracker, type BudgetLimits, type RecordedUsage } from "./budget-tracker.ts";
export { type UnknownCostRule } from "./check-account.ts";
export { BudgetExhaustedError } from "../errors/index.ts";
export type { Budget, BudgetEstimate, BudgetSnapshot, BudgetUsage, BudgetWarning, Reservation } from "../spec/index.ts";
