import type { BudgetSnapshot, ModelInfo, ModelName, Usage } from "../spec/index.ts";

/** What a model call may use. */
export interface CallPlan {
  /** The most tokens that the answer may have. */
  readonly maxOutputTokens: number;
  /** The worst case, to be reserved. */
  readonly tokens: number;
  /** USD; left out when the price is not known. */
  readonly cost?: number;
}

/** What calls of one model cost at most. */
export interface WorstCase {
  readonly info: ModelInfo | undefined;
  /** USD of an answer of so many tokens; `undefined` when the price is not known. */
  costOf(outputTokens: number): number | undefined;
}

/** A prompt is estimated: one that comes this near to a dearer tier may be above it. */
const TIER_MARGIN = 1.25;

const MILLION = 1_000_000;

/**
 * What a call of a model costs at most: every token of the prompt at its dearest price, be it plain, written to a cache
 * or in the tier that the estimate may miss.
 */
export function worstCase(
  inputTokens: number,
  model: ModelName,
  prices: {
    readonly modelInfo: (model: ModelName) => ModelInfo | undefined;
    readonly costOf: (usage: Usage, model: ModelName) => number | undefined;
  },
): WorstCase {
  const margin = Math.ceil(inputTokens * TIER_MARGIN);
  const info = prices.modelInfo(model);
  const reachesTier = (info?.pricing?.tiers ?? []).some(
    ({ inputTokensAbove }) => inputTokens <= inputTokensAbove && margin > inputTokensAbove,
  );
  const inputs = reachesTier ? [inputTokens, margin] : [inputTokens];
  const costOf = (output: number): number | undefined => {
    let worst: number | undefined;
    for (const input of inputs) {
      for (const cacheWrite of [0, input]) {
        const cost = prices.costOf({ input, output, cacheRead: 0, cacheWrite, reasoning: 0 }, model);
        if (cost !== undefined && (worst === undefined || cost > worst)) worst = cost;
      }
    }
    return worst;
  };
  return { info, costOf };
}

/**
 * Plans a call so that its worst case fits what the budget has left: the answer is made shorter rather than the call
 * refused. When not even one token of output fits, the plan is what the call would need, and reserving it fails.
 */
export function planCall(
  inputTokens: number,
  wanted: number,
  { snapshot, worst }: { readonly snapshot: BudgetSnapshot; readonly worst: WorstCase },
): CallPlan {
  const { tokensRemaining, costRemaining } = snapshot;
  const { info, costOf } = worst;
  const limits = [Math.min(wanted, info?.maxOutputTokens ?? wanted)];
  if (tokensRemaining !== undefined) limits.push(tokensRemaining - inputTokens);
  if (costRemaining !== undefined) {
    const [base, withMillion] = [costOf(0), costOf(MILLION)];
    // Rounded up by a nano-dollar once, which the last token of a tight budget may not have.
    if (base !== undefined && withMillion !== undefined && withMillion > base) {
      limits.push(Math.floor(((costRemaining - base) * MILLION) / (withMillion - base)));
    }
  }
  const maxOutputTokens = Math.max(1, Math.min(...limits));
  return { maxOutputTokens, ...reservedFor(inputTokens, maxOutputTokens, worst) };
}

/** What is to be held for an answer of at most so many tokens. */
export function reservedFor(
  inputTokens: number,
  maxOutputTokens: number,
  { costOf }: WorstCase,
): { readonly tokens: number; readonly cost?: number } {
  const tokens = inputTokens + maxOutputTokens;
  const cost = costOf(maxOutputTokens);
  return cost === undefined ? { tokens } : { tokens, cost };
}
