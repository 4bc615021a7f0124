import { digestJson } from "../digest/index.ts";
import type { ApprovalQuestion, JsonObject } from "../spec/index.ts";
import { waitForAnswer } from "./seek-approval.ts";
import type { Tell } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** A question about the run itself, not about a tool's call. */
export interface RunQuestion {
  /** What "yes" does, as a name: "ExtendBudget", "ContinueRun". */
  readonly name: string;
  readonly args: JsonObject;
  /** Who asks: "budget", "guard". */
  readonly layer: string;
  readonly reason: string;
  readonly riskReasons: readonly string[];
  readonly toolUseId: string;
  readonly signal: AbortSignal;
  readonly tell: Tell;
}

/** Asks whoever answers. Nobody there, a throw, a time-out and any other answer than "approve" are a no. All of it is on record. */
export async function askPerson(asked: RunQuestion, run: ToolCallRun): Promise<boolean> {
  if (run.approver === undefined) return false;
  const question = describeQuestion(asked, run);
  const { id, argsDigest, risk } = question;
  run.audit.append({
    type: "approval_requested",
    ...run.scope,
    data: { approvalId: id, risk },
    content: { reason: question.reason, argsDigest },
  });
  asked.tell({ type: "approval-request", question });
  const { decision, approver } = await waitForAnswer(question, {}, { run, signal: asked.signal });
  run.audit.append({
    type: "approval_answered",
    ...run.scope,
    data: { approvalId: id, decision, ...(approver === undefined ? {} : { approver }) },
    content: { argsDigest },
  });
  return decision === "approve" && !asked.signal.aborted;
}

function describeQuestion(asked: RunQuestion, run: ToolCallRun): ApprovalQuestion {
  const { name, args, layer, reason, riskReasons, toolUseId } = asked;
  const { approvalMs } = run.limits;
  const askedAt = run.clock.now();
  return {
    id: run.random.id(),
    toolUseId,
    sessionId: run.scope.sessionId,
    agent: run.scope.agent,
    name,
    args,
    argsDigest: digestJson({ name, args }),
    layer,
    isDefault: false,
    reason,
    risk: "medium",
    riskReasons,
    cwd: run.cwd,
    labels: run.labeller.current(),
    scopes: ["once"],
    askedAt,
    expiresAt: approvalMs === undefined ? undefined : askedAt + approvalMs,
  };
}
