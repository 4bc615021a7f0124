import type { Check, CheckAnswer } from "../spec/index.ts";

/**
 * The stricter of the parent's answer and one more. A denial counts from either. A question counts against an allowance
 * that is not weightier: what somebody allowed by a rule, a mode's question does not take back.
 */
export function stricter(parent: CheckAnswer, own: CheckAnswer): CheckAnswer {
  if (parent.effect === "deny") return parent;
  if (own.effect === "deny") return own;
  const isWeightier = parent.basis === "rule" && own.basis === "default";
  if (own.effect !== "ask" || parent.effect !== "allow" || isWeightier) return parent;
  const { rule: _rule, ...rest } = parent;
  return { ...rest, ...own };
}

/**
 * A check that is never freer than the first one: the others can turn an allowance into a question and anything into a
 * denial, nothing else. All of them are asked about every call.
 */
export function narrowBy(parent: Check, own: readonly Check[]): Check {
  if (own.length === 0) return parent;
  return {
    version: parent.version,
    async check(call, scope) {
      let answer = await parent.check(call, scope);
      for (const check of own) answer = stricter(answer, await check.check(call, scope));
      return answer;
    },
  };
}
