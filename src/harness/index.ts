export type { PermissionMode } from "../permission/index.ts";
export { createHarness, type Harness } from "./create-harness.ts";
export type { HarnessApprovals } from "./open-approvals.ts";
export type { RecoverOptions } from "./recover-sessions.ts";
export { type Run } from "./create-run.ts";
export { run } from "./run.ts";
export type {
  HarnessOptions,
  HookEntry,
  RunOptions,
  RunOverrides,
  SessionOptions,
  TaintRules,
  Timeouts,
} from "./run-options.ts";
export type { PromptTemplate } from "./system-prompt.ts";
export { unwrap } from "./unwrap.ts";
export {
  isApprovalRequest,
  isCompactionEvent,
  isReasoningMessage,
  isResult,
  isSystemEvent,
  isTextMessage,
  isToolProgress,
  isToolResult,
  isToolUse,
} from "./message-guards.ts";
