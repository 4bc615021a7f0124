import { suggestName, type KnownNames } from "../errors/index.ts";
import type { ApprovalAnswer, ApprovalQuestion } from "../spec/index.ts";
import { isJsonObject } from "./freeze-json.ts";

const NAMES: KnownNames<ApprovalAnswer> = {
  decision: true,
  scope: true,
  feedback: true,
  editedArgs: true,
  argsDigest: true,
  approver: true,
  resolution: true,
};

/** An approver's answer. Approvers may be anybody's code: what is not a clear answer to this very question is a denial. */
export function readAnswer(answer: unknown, question: ApprovalQuestion): ApprovalAnswer {
  if (answer === true) return { decision: "approve" };
  if (answer === false) return { decision: "deny" };
  if (!isApprovalAnswer(answer)) return refuse("the approver gave an answer in an unknown form");
  const { decision, argsDigest } = answer;
  const unknown = decision === "approve" ? Object.keys(answer).find((key) => !Object.hasOwn(NAMES, key)) : undefined;
  // A condition or an edit that nobody reads: what was approved is not what would run.
  if (unknown !== undefined) {
    return refuse(
      `the approver's answer has a key "${unknown}", which means nothing.${suggestName(unknown, Object.keys(NAMES))}`,
    );
  }
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
