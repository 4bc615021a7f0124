import type { Check, CheckAnswer } from "../spec/index.ts";

const ORDER: readonly CheckAnswer["effect"][] = ["none", "allow", "ask", "deny"];

/** Several questions as one: the strictest answer counts, and among equals the first. */
export function joinChecks(first: Check, ...others: readonly Check[]): Check {
  if (others.length === 0) return first;
  return {
    version: first.version,
    async check(call, scope) {
      let strictest = await first.check(call, scope);
      for (const other of others) {
        const answer = await other.check(call, scope);
        if (ORDER.indexOf(answer.effect) > ORDER.indexOf(strictest.effect)) strictest = answer;
      }
      return strictest;
    },
  };
}
