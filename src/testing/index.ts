export { fakeBudget, type FakeBudget, type FakeBudgetLimits, type FakeReservation } from "./fake-budget.ts";
export { fakeClock, type FakeClock } from "./fake-clock.ts";
export { fakeFiles } from "./fake-files.ts";
export { fakeFilter, type FakeFilter } from "./fake-filter.ts";
export { fakeHooks, type FakeHookEvent, type FakeHooks } from "./fake-hooks.ts";
export { fakePrices } from "./fake-prices.ts";
export { fakeTool, type FakeTool, type FakeToolOptions } from "./fake-tool.ts";
export { fakeTracer, type FakeSpan, type FakeTracer } from "./fake-tracer.ts";
export { FAKE_ISOLATION, fakeApprover, fakeCheck, fakeGate, fakeLabeller, fakeRandom, fakeSandbox } from "./fakes.ts";
export { NO_LABELS } from "../labels/index.ts";
export { memoryAudit, type MemoryAudit, type MemoryAuditRecord } from "./memory-audit.ts";
export {
  scriptedModel,
  type ScriptedAnswer,
  type ScriptedModel,
  type ScriptedModelOptions,
  type ScriptedStep,
  type ScriptedToolCall,
} from "./scripted-model.ts";
export { auditConformance, type AuditConformanceOptions, type OpenedAudit } from "./conformance/audit-conformance.ts";
export { budgetConformance, type BudgetConformanceLimits, type OpenBudget } from "./conformance/budget-conformance.ts";
export { checkConformance } from "./conformance/check-conformance.ts";
export { clockConformance, type ClockConformanceOptions, randomConformance } from "./conformance/clock-conformance.ts";
export { type ConformanceCase } from "./conformance/conformance-case.ts";
export { filesConformance, type OpenFiles } from "./conformance/files-conformance.ts";
export { filterConformance, type FilterSample } from "./conformance/filter-conformance.ts";
export { type ConformanceHook, hooksConformance, type OpenHooks } from "./conformance/hooks-conformance.ts";
export { modelConformance, type ModelConformanceOptions } from "./conformance/model-conformance.ts";
export { pricesConformance } from "./conformance/prices-conformance.ts";
export { type OpenSandbox, sandboxConformance } from "./conformance/sandbox-conformance.ts";
export { sessionStoreConformance } from "./conformance/session-store-conformance.ts";
export { tracerConformance } from "./conformance/tracer-conformance.ts";
export type { FinishReason, Gate } from "../spec/index.ts";
