import type { ApprovalAnswer, ApprovalDecidedData, ApprovalRecord, SessionEventBody } from "../spec/index.ts";

/** What an answer to a question comes to. */
export type JudgedAnswer =
  | { readonly type: "recorded"; readonly events: readonly SessionEventBody[] }
  /** The question is answered, too old or taken back: the answer changes nothing. */
  | { readonly type: "closed" }
  /** The answer cannot count; the question goes on waiting. */
  | { readonly type: "refused"; readonly reason: string };

/** Options of `judgeAnswer`. */
export interface JudgeAnswerOptions {
  readonly callId: string;
  readonly approval: ApprovalRecord;
  readonly answer: ApprovalAnswer;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Judges an answer by the rules of its question: it is bound to the arguments that were asked about, too late is a denial,
 * who asked for the run cannot approve it, and several must where the question says so. The same rules for whoever
 * answers, in this process or another.
 */
export function judgeAnswer(options: JudgeAnswerOptions): JudgedAnswer {
  const { callId, approval, answer, now } = options;
  const { question } = approval;
  if (approval.decision !== null || approval.isExpired || approval.revokedBy !== null) return { type: "closed" };
  if (question.expiresAt !== undefined && now > question.expiresAt) {
    return record({ type: "approval-expired", data: { id: question.id, callId } });
  }
  if (answer.argsDigest !== undefined && answer.argsDigest !== question.argsDigest) {
    return refuse("the answer is about other arguments than the question");
  }
  if (question.about === "outcome") return judgeOutcome(options);
  if (answer.decision === "deny") return record({ type: "approval-decided", data: toData(options, "deny") });
  if (answer.decision !== "approve") return refuse('an answer is "approve" or "deny"');
  return judgeApproval(options);
}

function judgeOutcome(options: JudgeAnswerOptions): JudgedAnswer {
  const { resolution } = options.answer;
  if (resolution === undefined)
    return refuse('the outcome of the call is not known: answer "done", "retry" or "abort"');
  const decision = resolution === "abort" ? "deny" : "approve";
  const decided: SessionEventBody = { type: "approval-decided", data: { ...toData(options, decision), resolution } };
  if (resolution !== "abort") return record(decided);
  const { approver: by = "a person" } = options.answer;
  const reason = "the outcome of a call is not known";
  return record(decided, { type: "cancel-requested", data: { reason, by } });
}

function judgeApproval(options: JudgeAnswerOptions): JudgedAnswer {
  const { approval, answer } = options;
  const { quorum = 1, requestedBy } = approval.question;
  const { approver } = answer;
  const name = nameOf(approver);
  if ((quorum > 1 || requestedBy !== undefined) && name === "") return refuse("it must say who approves");
  if (requestedBy !== undefined && name === nameOf(requestedBy)) {
    return refuse(`${requestedBy} asked for the run and cannot approve what it does`);
  }
  const data = toData(options, "approve");
  if (quorum <= 1) return record({ type: "approval-decided", data });
  if (answer.editedArgs !== undefined)
    return refuse("where several must approve, none of them can change the arguments");
  const voters = approval.votes.map((vote) => vote.approver);
  if (voters.some((voter) => nameOf(voter) === name)) return refuse(`${approver} has approved already`);
  const vote: SessionEventBody = { type: "approval-voted", data };
  if (voters.length + 1 < quorum) return record(vote);
  const approvers = [...voters, approver].join(", ");
  return record(vote, { type: "approval-decided", data: { ...data, approver: approvers } });
}

/** One person by different spellings is one person: capitals, widths of letters, spaces, what nobody sees. */
function nameOf(approver: string | undefined): string {
  return (approver ?? "")
    .normalize("NFKC")
    .replaceAll(/[\p{C}\p{Z}]+/gu, "")
    .toLowerCase();
}

function toData(
  { callId, approval: { question }, answer }: JudgeAnswerOptions,
  decision: ApprovalDecidedData["decision"],
): ApprovalDecidedData {
  const { approver, feedback, editedArgs, scope } = answer;
  return {
    id: question.id,
    callId,
    decision,
    argsDigest: question.argsDigest,
    ...(approver === undefined ? {} : { approver }),
    ...(feedback === undefined ? {} : { feedback }),
    ...(editedArgs === undefined ? {} : { editedArgs }),
    ...(scope === undefined ? {} : { scope }),
  };
}

function record(...events: readonly SessionEventBody[]): JudgedAnswer {
  return { type: "recorded", events };
}

function refuse(reason: string): JudgedAnswer {
  return { type: "refused", reason };
}
