import { faultpoint } from "../faults/index.ts";
import type {
  ApprovalAnswer,
  ApprovalQuestion,
  ApprovalRecord,
  PreparedCall,
  SessionEventBody,
} from "../spec/index.ts";
import { readAnswer } from "./read-answer.ts";
import { readRecorded, recallApproval, revokeOpen } from "./recall-approval.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** A question that is put, and the call it is about. */
export interface AskedInJournal {
  readonly question: ApprovalQuestion;
  readonly call: Pick<PreparedCall, "callId">;
  readonly run: ToolCallRun;
  readonly signal: AbortSignal;
}

/** Whether an earlier answer was a no to just that: it holds whatever the policy says by now. */
export function isDenialOf(record: ApprovalRecord, asked: ApprovalQuestion): boolean {
  const { question } = record;
  if (question.about === "outcome" || question.argsDigest !== asked.argsDigest) return false;
  return readRecorded(record)?.decision === "deny";
}

/**
 * Whether an earlier question is the one that would be put now: an answer is bound to arguments and policy. Who said that
 * a call may be tried again has approved just that.
 */
export function isAboutSame({ question, decision }: ApprovalRecord, asked: ApprovalQuestion): boolean {
  if (question.argsDigest !== asked.argsDigest || question.policyVersion !== asked.policyVersion) return false;
  return question.about !== "outcome" || decision?.resolution === "retry";
}

/** Keeps a question before anybody is asked: it outlives the process. An earlier one about something else is void. */
export async function journalQuestion({ question, call, run }: Omit<AskedInJournal, "signal">): Promise<void> {
  const { journal } = run;
  const { callId } = call;
  if (journal === undefined || callId === undefined) return;
  faultpoint("before-approval-requested");
  const asked: SessionEventBody = { type: "approval-requested", data: { callId, question } };
  await journal.record([...revokeOpen(call, run), asked], { durable: true });
  faultpoint("after-approval-requested");
}

/** Milliseconds that an answer may still take. */
export function timeLeft({ expiresAt }: ApprovalQuestion, { clock }: ToolCallRun): number | undefined {
  return expiresAt === undefined ? undefined : Math.max(0, expiresAt - clock.now());
}

/**
 * Waits for the approver's answer, or for one that somebody gives in the journal from elsewhere: the first counts. An
 * answer that does not decide alone is kept, and the question waits on.
 */
export async function answerInJournal(pending: Promise<unknown>, asked: AskedInJournal): Promise<ApprovalAnswer> {
  const { question, call, run, signal } = asked;
  const { journal } = run;
  const { callId } = call;
  if (journal === undefined || callId === undefined) return readAnswer(await pending, question);
  const recorded = (): ApprovalAnswer | undefined => readRecorded(recallApproval(call, run));
  const stop = new AbortController();
  const outside = journal.until(() => recorded() !== undefined, AbortSignal.any([signal, stop.signal]));
  // It loses the race most of the time.
  outside.catch(() => {});
  try {
    const answer = await Promise.race([pending.then((given) => readAnswer(given, question)), outside]);
    if (answer !== undefined && answer.decision !== "pause") await journal.answer(callId, answer);
    faultpoint("after-approval-decided");
    if (answer?.decision === "pause") return recorded() ?? answer;
    if (recorded() === undefined) await outside;
    return recorded() ?? { decision: "deny", feedback: "the answer was not kept" };
  } finally {
    stop.abort();
  }
}

/** Keeps that nobody answered in time, or that the approver failed; whoever decided meanwhile was first. */
export async function refuseInJournal(
  { question, call, run }: Omit<AskedInJournal, "signal">,
  refusal: { readonly isLate: boolean; readonly feedback: string },
): Promise<ApprovalAnswer> {
  const { journal } = run;
  const { callId } = call;
  const answer: ApprovalAnswer = { decision: "deny", feedback: refusal.feedback };
  if (journal === undefined || callId === undefined) return answer;
  const { id } = question;
  if (!refusal.isLate) await journal.answer(callId, answer);
  else {
    const unless = (): boolean => readRecorded(recallApproval(call, run)) !== undefined;
    await journal.record({ type: "approval-expired", data: { id, callId } }, { durable: true, unless });
  }
  return readRecorded(recallApproval(call, run)) ?? answer;
}
