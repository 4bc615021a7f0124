import type { Check, CheckAnswer } from "../spec/index.ts";

/** A check that asks about each call which another one finds to be of high risk, whatever rules allow. */
export function askHighRisk(risk: Check): Check {
  const ask = (answer: CheckAnswer): CheckAnswer =>
    answer.risk === "high" && answer.effect !== "deny"
      ? { ...answer, effect: "ask", basis: "rule", rule: "high-risk", reason: `High risk: ${answer.reason}` }
      : answer;
  return {
    async check(call, scope) {
      return ask(await risk.check(call, scope));
    },
  };
}
