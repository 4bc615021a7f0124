export { askPerson, type RunQuestion } from "./ask-person.ts";
export { extendBudget } from "./extend-budget.ts";
export { GATE_ORDER } from "./gate-order.ts";
export { hookScopeOf } from "./hook-scope.ts";
export { skipCall } from "./make-result.ts";
export { runToolCall } from "./run-tool-call.ts";
export type { CallWatch, Tell, ToolCallEvent } from "./tool-call-event.ts";
export { below } from "./tool-call-run.ts";
export type { ApprovalRules, Spill, ToolCallLimits, ToolCallRun, ToolLookup } from "./tool-call-run.ts";
