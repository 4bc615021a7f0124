import type { BudgetLimits, LimitAction, UnknownCostRule } from "../spec/index.ts";
import type { AmountLimits } from "./amount.ts";
import { checkCount, toNanos } from "./money.ts";

/** Limits that were checked, with their defaults. */
export interface CheckedLimits {
  readonly max: AmountLimits;
  /** Rising. */
  readonly warnAt: readonly number[];
  readonly onLimit: LimitAction;
  readonly degradeAt: number | undefined;
}

const ACTIONS: readonly string[] = ["stop", "ask", "degrade"] satisfies LimitAction[];
const RULES: readonly string[] = ["refuse", "count_as_zero"] satisfies UnknownCostRule[];

/** Checks limits. Throws a `RangeError` or `TypeError` that names what is wrong. */
export function checkLimits(limits: BudgetLimits): CheckedLimits {
  const { maxTokens, maxCost, maxTurns, maxToolCalls, maxWallMs, onLimit = "stop", warnAt = 0.8 } = limits;
  checkWord("onLimit", onLimit, ACTIONS);
  if (limits.onUnknownCost !== undefined) checkWord("onUnknownCost", limits.onUnknownCost, RULES);
  const { degradeAt = onLimit === "degrade" ? 0.8 : undefined } = limits;
  if (degradeAt !== undefined) checkShare("degradeAt", degradeAt);
  const thresholds = [warnAt].flat();
  for (const share of thresholds) checkShare("warnAt", share);
  const count = (value: number | undefined, name: string): number | undefined =>
    value === undefined ? undefined : checkCount(value, name);
  return {
    max: {
      tokens: count(maxTokens, "maxTokens"),
      cost: maxCost === undefined ? undefined : toNanos(maxCost, "maxCost"),
      turns: count(maxTurns, "maxTurns"),
      toolCalls: count(maxToolCalls, "maxToolCalls"),
      wallMs: count(maxWallMs, "maxWallMs"),
    },
    warnAt: thresholds.toSorted((left, right) => left - right),
    onLimit,
    degradeAt,
  };
}

function checkShare(name: string, share: number): void {
  if (share > 0 && share <= 1) return;
  throw new RangeError(`${name} must be above 0 and at most 1, got ${String(share)}`);
}

function checkWord(name: string, word: unknown, words: readonly string[]): void {
  if (typeof word === "string" && words.includes(word)) return;
  throw new TypeError(`${name} must be ${words.map((each) => `"${each}"`).join(" or ")}, got ${String(word)}`);
}
