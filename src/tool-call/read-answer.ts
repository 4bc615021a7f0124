import { describeUnreadAnswer } from "../errors/index.ts";
import type { ApprovalAnswer, ApprovalQuestion } from "../spec/index.ts";
import { isJsonObject } from "./freeze-json.ts";

/** An approver's answer. Approvers may be anybody's code: what is not a clear answer to this very question is a denial. */
export function readAnswer(answer: unknown, question: ApprovalQuestion): ApprovalAnswer {
  if (answer === true) return { decision: "approve" };
  if (answer === false) return { decision: "deny" };
  if (!isApprovalAnswer(answer)) return refuse("the approver gave an answer in an unknown form");
  const { decision, argsDigest } = answer;
  const unread = decision === "approve" ? describeUnreadAnswer(answer) : undefined;
  if (unread !== undefined) return refuse(unread);
  if (decision === "approve" && argsDigest !== undefined && argsDigest !== question.argsDigest) {
    return refuse("the answer was given to a call with other arguments");
  }
  return answer;
}

function refuse(feedback: string): ApprovalAnswer {
  return { decision: "deny", feedback };
}

function isApprovalAnswer(value: unknown): value is ApprovalAnswer {
  if (typeof value !== "object" || value === null) return false;
  const { decision, scope, feedback, editedArgs, argsDigest, approver } = value as Partial<
    Record<keyof ApprovalAnswer, unknown>
  >;
  return (
    (decision === "approve" || decision === "deny" || decision === "pause") &&
    (scope === undefined || scope === "once" || scope === "session" || scope === "always") &&
    (editedArgs === undefined || isJsonObject(editedArgs)) &&
    [feedback, argsDigest, approver].every((text) => text === undefined || typeof text === "string")
  );
}
