export { ApprovalInbox, type ApprovalInboxOptions } from "./approval-inbox.ts";
export { describeQuestion, type DescribeOptions } from "./describe-question.ts";
export { escapeControls } from "./escape-controls.ts";
export { createGrants, type GrantsOptions } from "./create-grants.ts";
export { slackApprover, type SlackApprover, type SlackApproverOptions } from "./slack-approver.ts";
export { terminalApprover, type TerminalApproverOptions } from "./terminal-approver.ts";
export { toApprover, type ApprovalFunction } from "./to-approver.ts";
export {
  approverForLevel,
  readTrustLevel,
  TRUST_LEVELS,
  type TrustLevel,
  type TrustLevelOptions,
} from "./trust-level.ts";
export {
  webhookApprover,
  type WebhookAnswer,
  type WebhookApprover,
  type WebhookApproverOptions,
} from "./webhook-approver.ts";
export type {
  ApprovalAnswer,
  ApprovalQuestion,
  ApprovalScope,
  Approver,
  Grant,
  Grants,
  UserQuestion,
} from "../spec/index.ts";
