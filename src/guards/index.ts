export { createGuards, type LearningGuards } from "./create-guards.ts";
export type { GuardOptions } from "./guard-options.ts";
export type { AnomalyRule, Baseline } from "./anomaly-rule.ts";
export type { ToolBreakerOptions } from "./tool-breaker.ts";
export type { GuardAction, Guards, GuardSignal, WatchedToolCall } from "../spec/index.ts";
