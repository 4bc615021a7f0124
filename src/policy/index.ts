export { analyseCommand } from "../shell/index.ts";
export type { OpaqueReason, ShellAnalysis, ShellCommand, ShellWord, ShellWrite } from "../shell/index.ts";
export { createPolicyCheck } from "./create-policy-check.ts";
export type {
  PolicyCall,
  PolicyDecision,
  PolicyEffect,
  PolicyFinding,
  PolicyMatch,
  PolicyTraceEntry,
} from "./policy-decision.ts";
export { PolicyEngine, type PolicyEngineOptions, type PolicyLoadOptions } from "./policy-engine.ts";
export type { PolicyConditionType, PolicyDocument, PolicyLayer, PolicyLevel, PolicyRule } from "./policy-layer.ts";
