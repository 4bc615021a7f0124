import { digestJson } from "../digest/index.ts";
import type { ApprovalQuestion, ApprovalScope, Decision } from "../spec/index.ts";
import type { Checked } from "./steps.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** The question about a call that a check asked about. */
export function askQuestion(
  { call, decision, isDefault, risk, riskReasons }: Checked,
  run: ToolCallRun,
): ApprovalQuestion {
  const { approvalMs } = run.limits;
  const { name } = call.tool;
  const { args } = call;
  const labels = run.labeller.current();
  const askedAt = run.clock.now();
  const version = run.gate.policy.version;
  const question: ApprovalQuestion = {
    id: run.random.id(),
    toolUseId: call.id,
    sessionId: run.scope.sessionId,
    agent: run.scope.agent,
    name,
    args,
    argsDigest: digestJson({ name, args }),
    ...(version === undefined ? {} : { policyVersion: version }),
    layer: decision.layer,
    isDefault,
    ...(decision.rule === undefined ? {} : { rule: decision.rule }),
    reason: describeAsk(decision),
    risk,
    riskReasons,
    cwd: run.cwd,
    labels,
    scopes: run.grants === undefined ? ["once"] : scopesFor(decision, { isDefault, isTainted: labels.isTainted, risk }),
    askedAt,
    expiresAt: approvalMs === undefined ? undefined : askedAt + approvalMs,
    ...run.approvals,
  };
  const proposed = question.scopes.includes("always") ? run.grants?.propose?.(question) : undefined;
  return proposed === undefined ? question : { ...question, proposedRule: proposed };
}

/**
 * How far an answer may reach. Where nobody wrote anything about such calls, for good; a question that somebody wrote is
 * meant to be asked, so that its answer holds for a session at most; what is dangerous, what a hook or the rule of two
 * asks, and whatever a tainted context asks for is answered once: else one deceived click would open the way for good.
 */
function scopesFor(
  { layer }: Decision,
  { isDefault, isTainted, risk }: { readonly isDefault: boolean; readonly isTainted: boolean; readonly risk: string },
): readonly ApprovalScope[] {
  if (isTainted || risk === "high" || (layer !== "permission" && layer !== "policy")) return ["once"];
  return isDefault ? ["once", "session", "always"] : ["once", "session"];
}

/** What a check asks, in one sentence. */
export function describeAsk({ layer, rule, reason }: Decision): string {
  return rule === undefined ? `The ${layer} check asks: ${reason}` : `The ${layer} rule "${rule}" asks: ${reason}`;
}
