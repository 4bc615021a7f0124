import { openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { ApprovalAnswer, ApprovalQuestion, Decision, Grant, PreparedCall } from "../spec/index.ts";
import { askQuestion, describeAsk } from "./ask-question.ts";
import type { Guidance } from "./guidance.ts";
import {
  answerInJournal,
  isAboutSame,
  isDenialOf,
  journalQuestion,
  refuseInJournal,
  timeLeft,
} from "./journal-approval.ts";
import { isParked } from "./is-parked.ts";
import { readRecorded, recallApproval, wasAsked } from "./recall-approval.ts";
import { recordAnswer, recordQuestion } from "./record-approval.ts";
import { approve, cancel, deny, NOT_BEGUN, type Approved, type Checked, type Edited, type Ended } from "./steps.ts";
import type { CallWatch } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Asks whoever answers, where a check asked and no remembered approval covers the call. Nobody there, a throw, a
 * time-out, an answer in an unknown form or about other arguments are denials. What was asked before the run was
 * interrupted is answered by a person, also where rules that are looser by now would allow it.
 */
export async function seekApproval(
  judged: Checked,
  run: ToolCallRun,
  { signal, tell }: CallWatch,
): Promise<Approved | Edited | Ended> {
  const earlier = recallApproval(judged.call, run);
  if (judged.decision.effect === "allow" && !wasAsked(judged.call, run)) return approve(judged);
  const checked = judged.decision.effect === "allow" ? askAgain(judged) : judged;
  const { call, guidance } = checked;
  if (run.approver === undefined && run.grants === undefined && earlier === undefined) return denyUnanswered(checked);
  const asked = tryQuestion(checked, run);
  if (typeof asked === "string") return deny({ layer: "approval", reason: asked }, guidance);
  const isDenied = earlier !== undefined && isDenialOf(earlier, asked);
  const grant = isDenied ? undefined : findGrant(asked, run);
  if (grant !== undefined) return { type: "approved", call, decision: decisionOf(grant), guidance };
  const isSame = isDenied || (earlier !== undefined && isAboutSame(earlier, asked));
  if (run.approver === undefined && !isSame) return denyUnanswered(checked);

  const question = isSame ? earlier.question : asked;
  using span = run.tracer?.startSpan("approval", { question }, run.span);
  const known = isSame ? readRecorded(earlier) : undefined;
  if (known === undefined) {
    if (!isSame) await journalQuestion({ question, call, run });
    // Nobody is asked about a call that will not be made.
    if (signal.aborted) return cancel(NOT_BEGUN);
    recordQuestion(question, run);
    tell({ type: "approval-request", question });
  }
  const answer = known ?? (await waitForAnswer(question, call, { run, signal }));
  recordAnswer(question, answer, run);
  span?.note(answer);
  if (signal.aborted) return cancel("The run was stopped while the call waited for approval");
  if (answer.decision === "approve" && (answer.scope ?? "once") !== "once" && answer.editedArgs === undefined) {
    const kept = await rememberAnswer(question, answer, run);
    if (kept !== undefined) tell({ type: "approval-remembered", grant: kept });
  }
  return applyAnswer(answer, checked);
}

function askAgain(allowed: Checked): Checked {
  const reason = "A person was asked about this call before the rules allowed it";
  return { ...allowed, decision: { effect: "ask", layer: "approval", reason } };
}

/** Arguments that have no canonical form cannot be bound to an answer: why, instead of the question. */
function tryQuestion(checked: Checked, run: ToolCallRun): ApprovalQuestion | string {
  try {
    return askQuestion(checked, run);
  } catch (error) {
    return `The question could not be put: ${describeError(error)}`;
  }
}

function denyUnanswered({ decision, guidance }: Checked): Ended {
  const reason = `${describeAsk(decision)}, and nobody can answer: pass onApproval, or allow the call by a rule`;
  return deny({ layer: "approval", reason }, guidance);
}

function applyAnswer(answer: ApprovalAnswer, { call, decision, guidance }: Checked): Approved | Edited | Ended {
  const { feedback, editedArgs } = answer;
  const by = answer.approver === undefined ? "" : ` by ${answer.approver}`;
  const said = feedback === undefined ? "" : `: ${feedback}`;
  const told: readonly Guidance[] =
    feedback === undefined ? guidance : [...guidance, { from: "approval", text: feedback }];
  switch (answer.decision) {
    case "approve": {
      const approved: Decision = { effect: "allow", layer: "approval", reason: `Approved${by}${said}` };
      if (editedArgs === undefined) return { type: "approved", call, decision: approved, guidance: told };
      const text = `The arguments were changed before the call was approved; it ran with ${JSON.stringify(editedArgs)}`;
      const changed: Decision = { ...approved, reason: `Approved with changed arguments${by}${said}` };
      return { type: "edited", args: editedArgs, decision: changed, guidance: [...told, { from: "approval", text }] };
    }
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

/** Waits for an answer to a question, as long as an approval may take. Never throws: what goes wrong is a denial. */
export async function waitForAnswer(
  question: ApprovalQuestion,
  call: Pick<PreparedCall, "callId">,
  { run, signal }: { readonly run: ToolCallRun; readonly signal: AbortSignal },
): Promise<ApprovalAnswer> {
  const timeoutMs = timeLeft(question, run);
  const asked = { question, call, run };
  if (timeoutMs === 0) return await refuseInJournal(asked, { isLate: true, feedback: "nobody answered in time" });
  // Nobody here: whoever answers does so in the journal, and the run need not wait for it.
  if (run.approver === undefined) return { decision: "pause" };
  using limit = openSignalScope([signal], { timeoutMs });
  try {
    limit.signal.throwIfAborted();
    // Called inside an async function, so that a throw before the first await is a rejection too.
    const pending = (async () => await run.approver?.decide(question, { signal: limit.signal }))();
    return await answerInJournal(raceSignal(pending, limit.signal), { ...asked, signal: limit.signal });
  } catch (error) {
    // The run is over, not the question: it is taken back with the call, or waits on with it.
    if (signal.aborted && isParked(signal.reason)) return { decision: "pause" };
    if (signal.aborted) return { decision: "deny", feedback: "the run was stopped" };
    const isLate = limit.signal.aborted;
    const feedback = isLate ? "nobody answered in time" : `the approver failed (${describeError(error)})`;
    return await refuseInJournal(asked, { isLate, feedback });
  }
}

/** What cannot be remembered is not: somebody is asked instead. */
function findGrant(question: ApprovalQuestion, run: ToolCallRun): Grant | undefined {
  try {
    return run.grants?.find(question);
  } catch (error) {
    run.log(`Remembered approvals could not be looked at: ${describeError(error)}`);
    return undefined;
  }
}

async function rememberAnswer(
  question: ApprovalQuestion,
  answer: ApprovalAnswer,
  run: ToolCallRun,
): Promise<Grant | undefined> {
  const scope = answer.scope ?? "once";
  if (!question.scopes.includes(scope)) {
    run.log(
      `An approval of scope "${scope}" counts once: ${question.name} may be approved ${question.scopes.join(", ")}`,
    );
    return undefined;
  }
  try {
    using limit = openSignalScope([], { timeoutMs: run.limits.checkMs });
    // Called inside an async function, so that a throw before the first await is a rejection too.
    const kept = (async () => await run.grants?.remember(question, answer))();
    return await raceSignal(kept, limit.signal);
  } catch (error) {
    run.log(`The approval could not be remembered and counts once: ${describeError(error)}`);
    return undefined;
  }
}

function decisionOf({ scope, rule, approver }: Grant): Decision {
  const by = approver === undefined ? "" : ` by ${approver}`;
  const since = scope === "session" ? "for this session" : "for good";
  return { effect: "allow", layer: "approval", rule, reason: `Approved before${by}, ${since}` };
}
