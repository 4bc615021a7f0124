export { fakeClock, type FakeClock } from "./fake-clock.ts";
export { memoryAudit, type MemoryAudit, type MemoryAuditRecord } from "./memory-audit.ts";
export {
  scriptedModel,
  type ScriptedAnswer,
  type ScriptedModel,
  type ScriptedModelOptions,
  type ScriptedStep,
  type ScriptedToolCall,
} from "./scripted-model.ts";
export {
  FAKE_ISOLATION,
  fakeApprover,
  fakeBudget,
  fakeCheck,
  fakeFiles,
  fakeGate,
  fakeRandom,
  fakeSandbox,
} from "./fakes.ts";
export type { FinishReason, Gate } from "../spec/index.ts";
