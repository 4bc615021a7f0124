export { BudgetExhaustedError } from "./budget-exhausted-error.ts";
export { describeError } from "./describe-error.ts";
export { HarnessError, type HarnessErrorOptions } from "./harness-error.ts";
export { importPeer } from "./import-peer.ts";
export { AuditChainError, ResumeMismatchError, SandboxError } from "./module-errors.ts";
export { nearestName, suggestName } from "./nearest-name.ts";
export { ProviderError, type ProviderErrorOptions } from "./provider-error.ts";
export { ConfigError, PolicyError, type SourcePosition } from "./source-error.ts";
export type { ErrorCode } from "../spec/index.ts";
