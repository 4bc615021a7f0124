export { analyseCommand } from "../shell/index.ts";
export type { OpaqueReason, ShellAnalysis, ShellCommand, ShellWord, ShellWrite } from "../shell/index.ts";
export { createBackendCheck, strictestCheck, type BackendCheckOptions } from "./create-backend-check.ts";
export { backtestCall, type PolicyChange, type RecordedCall } from "./backtest-policy.ts";
export { createPolicyCheck } from "./create-policy-check.ts";
export type { PolicyBackend, PolicyBackendAnswer, PolicyBackendCall } from "../spec/index.ts";
export type {
  PolicyCall,
  PolicyDecision,
  PolicyEffect,
  PolicyFinding,
  PolicyMatch,
  PolicyTraceEntry,
} from "./policy-decision.ts";
export { PolicyEngine, type PolicyEngineOptions, type PolicyLoadOptions } from "./policy-engine.ts";
export {
  findPolicyTests,
  readPolicyTests,
  runPolicyTests,
  type PolicyTest,
  type PolicyTestReport,
  type PolicyTestResult,
} from "./policy-tests.ts";
export type {
  PolicyCommand,
  PolicyConditionType,
  PolicyDocument,
  PolicyLayer,
  PolicyLevel,
  PolicyRule,
  PolicyTime,
  PolicyWhen,
} from "./policy-layer.ts";
