import { openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, Decision } from "../spec/index.ts";
import { cancel, deny, type Approved, type Checked, type Ended } from "./steps.ts";
import type { ToolCallEvent } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Step 3: a person, only when a check asked. Nobody there, a throw, a time-out and an answer in an unknown form are
 * denials.
 */
export async function* seekApproval(
  checked: Checked,
  run: ToolCallRun,
  signal: AbortSignal,
): AsyncGenerator<ToolCallEvent, Approved | Ended> {
  const { call, decision, guidance } = checked;
  if (decision.effect === "allow") return { type: "approved", call, decision, guidance };
  if (run.approver === undefined) {
    return deny(
      {
        layer: "approval",
        reason: `${describeAsk(decision)}, and nobody can answer: pass onApproval, or allow the call by a rule`,
      },
      guidance,
    );
  }
  const question = askQuestion(checked, run);
  using span = run.tracer?.startSpan("approval", { question }, run.span);
  yield { type: "approval-request", question };
  const answer = await waitForAnswer(question, run, signal);
  span?.note(answer);
  if (signal.aborted) return cancel("The run was stopped while the call waited for approval");
  return applyAnswer(answer, checked);
}

function applyAnswer(answer: ApprovalAnswer, { call, decision, guidance }: Checked): Approved | Ended {
  const by = answer.approver === undefined ? "" : ` by ${answer.approver}`;
  const said = answer.feedback === undefined ? "" : `: ${answer.feedback}`;
  switch (answer.decision) {
    case "approve":
      return {
        type: "approved",
        call,
        decision: { effect: "allow", layer: "approval", reason: `Approved${by}${said}` },
        guidance: answer.feedback === undefined ? guidance : [...guidance, answer.feedback],
      };
    case "deny":
      return deny({ layer: "approval", reason: `Refused${by}${said}` }, guidance);
    case "pause": {
      const reason = `${describeAsk(decision)}; the run waits for an answer`;
      return { type: "ended", outcome: { type: "paused", reason }, decision, guidance };
    }
    default:
      answer.decision satisfies never;
      return deny({ layer: "approval", reason: "The approver gave an answer in an unknown form" }, guidance);
  }
}

function askQuestion({ call, decision, risk }: Checked, run: ToolCallRun): ApprovalQuestion {
  const { approvalMs } = run.limits;
  return {
    id: run.random.id(),
    toolUseId: call.id,
    sessionId: run.scope.sessionId,
    agent: run.scope.agent,
    name: call.tool.name,
    args: call.args,
    reason: describeAsk(decision),
    risk,
    expiresAt: approvalMs === undefined ? undefined : run.clock.now() + approvalMs,
  };
}

async function waitForAnswer(
  question: ApprovalQuestion,
  run: ToolCallRun,
  signal: AbortSignal,
): Promise<ApprovalAnswer> {
  using limit = openSignalScope([signal], { timeoutMs: run.limits.approvalMs });
  try {
    // Called inside an async function, so that a throw before the first await is a rejection too.
    const pending = (async () => await run.approver?.decide(question, { signal: limit.signal }))();
    return readAnswer(await raceSignal(pending, limit.signal));
  } catch (error) {
    const feedback = limit.signal.aborted ? "nobody answered in time" : `the approver failed (${describeError(error)})`;
    return { decision: "deny", feedback };
  }
}

function readAnswer(answer: unknown): ApprovalAnswer {
  if (answer === true) return { decision: "approve" };
  if (answer === false) return { decision: "deny" };
  if (isApprovalAnswer(answer)) return answer;
  return { decision: "deny", feedback: "the approver gave an answer in an unknown form" };
}

function isApprovalAnswer(value: unknown): value is ApprovalAnswer {
  if (typeof value !== "object" || value === null || !("decision" in value)) return false;
  return value.decision === "approve" || value.decision === "deny" || value.decision === "pause";
}

function describeAsk({ layer, rule, reason }: Decision): string {
  return rule === undefined ? `The ${layer} check asks: ${reason}` : `The ${layer} rule "${rule}" asks: ${reason}`;
}
