import type { ApprovalAnswer, ApprovalQuestion } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** Puts on record that somebody is asked. */
export function recordQuestion(question: ApprovalQuestion, { audit, scope }: ToolCallRun): void {
  const { id: approvalId, toolUseId, name: tool, risk, expiresAt, policyVersion, argsDigest, reason } = question;
  audit.append({
    type: "approval_requested",
    ...scope,
    toolUseId,
    tool,
    data: {
      approvalId,
      risk,
      ...(policyVersion === undefined ? {} : { policyDigest: policyVersion }),
      ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    },
    content: { reason, argsDigest },
  });
}

/** Puts on record what was answered, by whom, and about which arguments. */
export function recordAnswer(question: ApprovalQuestion, answer: ApprovalAnswer, { audit, scope }: ToolCallRun): void {
  const { id: approvalId, toolUseId, name: tool, argsDigest } = question;
  const { decision, approver, feedback, editedArgs } = answer;
  audit.append({
    type: "approval_answered",
    ...scope,
    toolUseId,
    tool,
    data: {
      approvalId,
      decision,
      ...(approver === undefined ? {} : { approver }),
      ...(answer.scope === undefined ? {} : { scope: answer.scope }),
    },
    content: {
      argsDigest,
      ...(feedback === undefined ? {} : { feedback }),
      ...(editedArgs === undefined ? {} : { args: editedArgs }),
    },
  });
}
