import type { BudgetSnapshot, ModelInfo } from "../spec/index.ts";

/** What a model call may use. */
export interface CallPlan {
  /** The most tokens that the answer may have. */
  readonly maxOutputTokens: number;
  /** The worst case, to be reserved. */
  readonly tokens: number;
  /** USD; left out when the price is not known. */
  readonly cost?: number;
}

const MILLION = 1_000_000;

/**
 * Plans a call so that its worst case fits what the budget has left: the answer is made shorter rather than the call
 * refused. When not even one token of output fits, the plan is what the call would need, and reserving it fails.
 */
export function planCall(
  inputTokens: number,
  wanted: number,
  { snapshot, info }: { readonly snapshot: BudgetSnapshot; readonly info: ModelInfo | undefined },
): CallPlan {
  const { tokensRemaining, costRemaining } = snapshot;
  const pricing = info?.pricing;
  const limits = [Math.min(wanted, info?.maxOutputTokens ?? wanted)];
  if (tokensRemaining !== undefined) limits.push(tokensRemaining - inputTokens);
  if (costRemaining !== undefined && pricing !== undefined && pricing.output > 0) {
    const forOutput = costRemaining - (inputTokens * pricing.input) / MILLION;
    limits.push(Math.floor((forOutput * MILLION) / pricing.output));
  }
  const maxOutputTokens = Math.max(1, Math.min(...limits));
  const tokens = inputTokens + maxOutputTokens;
  if (pricing === undefined) return { maxOutputTokens, tokens };
  const cost = (inputTokens * pricing.input + maxOutputTokens * pricing.output) / MILLION;
  return { maxOutputTokens, tokens, cost };
}
