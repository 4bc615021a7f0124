import type { SessionEventBody } from "../spec/index.ts";
import type { MutableCall } from "./fold-call.ts";

/** Events about the question of a call. */
export type ApprovalEvent = Extract<SessionEventBody, { type: `approval-${string}` }>;

/** Whether an event is about the question of a call. */
export function isApprovalEvent(event: SessionEventBody): event is ApprovalEvent {
  return event.type.startsWith("approval-");
}

/** Brings the question of a call up to date. The first decision counts; one about an older question does not. */
export function foldApproval(call: Pick<MutableCall, "approval">, event: ApprovalEvent): void {
  if (event.type === "approval-requested") {
    const { question } = event.data;
    call.approval = { question, votes: [], decision: null, isExpired: false, revokedBy: null };
    return;
  }
  const { approval } = call;
  if (approval === null || approval.question.id !== event.data.id) return;
  const isOpen = approval.decision === null && !approval.isExpired && approval.revokedBy === null;
  switch (event.type) {
    case "approval-voted":
      if (isOpen) call.approval = { ...approval, votes: [...approval.votes, event.data] };
      return;
    case "approval-decided":
      if (isOpen) call.approval = { ...approval, decision: event.data };
      return;
    case "approval-expired":
      if (isOpen) call.approval = { ...approval, isExpired: true };
      return;
    case "approval-revoked":
      call.approval = { ...approval, revokedBy: event.data.by };
      return;
    default:
      event satisfies never;
  }
}
