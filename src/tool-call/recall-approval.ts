import type { ApprovalAnswer, ApprovalRecord, PreparedCall, SessionEventBody } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** The question that was put about a call before the run was interrupted, and what was answered. */
export function recallApproval(
  { callId }: Pick<PreparedCall, "callId">,
  { journal }: ToolCallRun,
): ApprovalRecord | undefined {
  return callId === undefined ? undefined : (journal?.recall(callId)?.approval ?? undefined);
}

/** Whether a person was asked about a call before the run was interrupted: what is allowed by now does not answer that. */
export function wasAsked(call: Pick<PreparedCall, "callId">, run: ToolCallRun): boolean {
  const earlier = recallApproval(call, run);
  return earlier !== undefined && earlier.question.about !== "outcome";
}

/** What was answered; `undefined` while the question waits. */
export function readRecorded(record: ApprovalRecord | undefined): ApprovalAnswer | undefined {
  if (record === undefined) return undefined;
  const { decision, isExpired, revokedBy } = record;
  if (revokedBy !== null) return { decision: "deny", feedback: `the approval was taken back by ${revokedBy}` };
  if (isExpired) return { decision: "deny", feedback: "nobody answered in time" };
  if (decision === null) return undefined;
  const { id: _id, callId: _callId, resolution: _resolution, ...answer } = decision;
  return answer;
}

/** The event that closes the question of a call which nobody needs to answer any more. */
export function revokeOpen(call: Pick<PreparedCall, "callId">, run: ToolCallRun): readonly SessionEventBody[] {
  const record = recallApproval(call, run);
  if (record === undefined || call.callId === undefined || readRecorded(record) !== undefined) return [];
  return [{ type: "approval-revoked", data: { id: record.question.id, callId: call.callId, by: "the run" } }];
}
