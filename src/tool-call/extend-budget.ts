import { BudgetExhaustedError } from "../errors/index.ts";
import type { ApprovalQuestion, JsonObject } from "../spec/index.ts";
import { waitForAnswer } from "./seek-approval.ts";
import type { ToolCallEvent } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Asks whoever answers whether a budget that refused something may have one more window. True = it has: try again. Only
 * a limit that asks (`onLimit: "ask"`) may grow; nobody there, a throw, a time-out and any other answer than "approve"
 * leave it as it is.
 */
export async function* extendBudget(
  refusal: unknown,
  run: ToolCallRun,
  { toolUseId, signal }: { readonly toolUseId: string; readonly signal: AbortSignal },
): AsyncGenerator<ToolCallEvent, boolean> {
  if (!BudgetExhaustedError.isInstance(refusal) || !refusal.isExtendable) return false;
  if (run.approver === undefined || run.budget.extend === undefined) return false;
  const question = await describeQuestion(refusal, run, toolUseId);
  const { id, argsDigest, risk } = question;
  run.audit.append({
    type: "approval_requested",
    ...run.scope,
    data: { approvalId: id, risk },
    content: { reason: question.reason, argsDigest },
  });
  yield { type: "approval-request", question };
  const { decision, approver } = await waitForAnswer(question, {}, { run, signal });
  run.audit.append({
    type: "approval_answered",
    ...run.scope,
    data: { approvalId: id, decision, ...(approver === undefined ? {} : { approver }) },
    content: { argsDigest },
  });
  if (decision !== "approve" || signal.aborted) return false;
  if (!(await run.budget.extend())) return false;
  run.audit.append({ type: "budget_moved", ...run.scope, data: { move: "granted" } });
  yield { type: "budget-extended", reason: refusal.message, snapshot: await run.budget.snapshot() };
  return true;
}

async function describeQuestion(
  { message, snapshot }: BudgetExhaustedError,
  run: ToolCallRun,
  toolUseId: string,
): Promise<ApprovalQuestion> {
  const { digestJson } = await import("../digest/index.ts");
  const { approvalMs } = run.limits;
  const name = "ExtendBudget";
  const args: JsonObject = {
    tokensUsed: snapshot.tokensUsed,
    costUsed: snapshot.costUsed,
    turnsUsed: snapshot.turnsUsed,
    toolCallsUsed: snapshot.toolCallsUsed,
    maxTokens: snapshot.maxTokens ?? null,
    maxCost: snapshot.maxCost ?? null,
  };
  const askedAt = run.clock.now();
  return {
    id: run.random.id(),
    toolUseId,
    sessionId: run.scope.sessionId,
    agent: run.scope.agent,
    name,
    args,
    argsDigest: digestJson({ name, args }),
    layer: "budget",
    isDefault: false,
    reason: `${message}. Go on with one more window of the same size?`,
    risk: "medium",
    riskReasons: ["the run spends more than it was given"],
    cwd: run.cwd,
    labels: run.labeller.current(),
    scopes: ["once"],
    askedAt,
    expiresAt: approvalMs === undefined ? undefined : askedAt + approvalMs,
  };
}
