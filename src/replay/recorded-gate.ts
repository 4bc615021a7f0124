import type { Approver, Check, CheckAnswer } from "../spec/index.ts";
import type { CallRecord } from "./call-record.ts";
import type { RecordedCall } from "./recording.ts";

/** Layers that refuse from inside a call: there the tool refuses again. */
const INSIDE = ["files", "network", "sandbox"];

/** Answers as the record says that the gate answered, whichever of its questions it was. */
export function recordedCheck(record: CallRecord): Check {
  return {
    check({ id: toolUseId, tool: { name }, input }): CheckAnswer {
      const recorded = record.find({ toolUseId, name, input });
      const { decision } = recorded ?? {};
      if (recorded === undefined || decision === undefined) {
        return { effect: "deny", basis: "rule", reason: "The record says nothing of this call" };
      }
      const { reason, rule } = decision;
      const named = rule === undefined ? {} : { rule };
      return { effect: wasRefused(recorded) ? "deny" : "allow", basis: "rule", reason, ...named };
    },
  };
}

/** Answers a question as it was answered; one that nobody asked is answered by what happened to the call. */
export function recordedApprover(record: CallRecord): Approver {
  return {
    async decide({ toolUseId, name, args }) {
      const recorded = record.find({ toolUseId, name, input: args });
      const feedback = recorded?.decision?.reason;
      if (recorded !== undefined && !wasRefused(recorded)) return { decision: "approve" };
      return { decision: "deny", ...(feedback === undefined ? {} : { feedback }) };
    },
    ask: async () => "Nobody is there: this is a replay",
  };
}

/** A check that has no opinion. */
export const noOpinion: Check = { check: () => ({ effect: "none", basis: "default", reason: "A replay" }) };

function wasRefused({ outcome, decision }: RecordedCall): boolean {
  return outcome === "denied" && !INSIDE.includes(decision?.layer ?? "");
}
