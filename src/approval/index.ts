export { ApprovalInbox, type ApprovalInboxOptions } from "./approval-inbox.ts";
export { escapeControls, terminalApprover, type TerminalApproverOptions } from "./terminal-approver.ts";
export { toApprover, type ApprovalFunction } from "./to-approver.ts";
export type {
  ApprovalAnswer,
  ApprovalQuestion,
  ApprovalScope,
  Approver,
  Grant,
  Grants,
  UserQuestion,
} from "../spec/index.ts";
