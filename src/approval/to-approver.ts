import type { ApprovalAnswer, ApprovalQuestion, Approver } from "../spec/index.ts";

/** A function that answers: `true` or `false`, or an answer with feedback; sync or async. */
export type ApprovalFunction = (
  question: ApprovalQuestion,
  options: { readonly signal: AbortSignal },
) => ApprovalAnswer | boolean | Promise<ApprovalAnswer | boolean>;

/**
 * Makes an approver of a function; an approver stays what it is, and "pause" is one that never answers: the run ends as
 * paused, and whoever may decides later, in any process. Throws a `TypeError` for anything else.
 */
export function toApprover(approver: Approver | ApprovalFunction | "pause"): Approver {
  if (approver === "pause") return { decide: async () => ({ decision: "pause" }) };
  if (typeof approver === "function") {
    return { decide: async (question, options) => await approver(question, options) };
  }
  const candidate: unknown = approver;
  if (typeof candidate === "object" && candidate !== null && "decide" in candidate) {
    if (typeof candidate.decide === "function") return approver;
  }
  throw new TypeError('onApproval must be "pause", a function or an object with a decide() method');
}
