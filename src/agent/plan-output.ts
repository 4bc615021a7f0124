import type { BudgetSnapshot, ModelInfo, ModelName, Usage } from "../spec/index.ts";

/** The worst case of a model call, to be reserved. */
export interface ReservedAmount {
  readonly tokens: number;
  /** USD; left out when the price is not known. */
  readonly cost?: number;
}

/** What a model call may use. */
export interface CallPlan extends ReservedAmount {
  /** The most tokens that the answer may have. */
  readonly maxOutputTokens: number;
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
  const reachesTier = info?.pricing?.tiers?.some(
    ({ inputTokensAbove }) => inputTokens <= inputTokensAbove && margin > inputTokensAbove,
  );
  const priceOf = (input: number, output: number): number | undefined => {
    const plain = prices.costOf({ input, output, cacheRead: 0, cacheWrite: 0, reasoning: 0 }, model);
    return dearer(plain, prices.costOf({ input, output, cacheRead: 0, cacheWrite: input, reasoning: 0 }, model));
  };
  const costOf = (output: number): number | undefined => {
    const cost = priceOf(inputTokens, output);
    return reachesTier === true ? dearer(cost, priceOf(margin, output)) : cost;
  };
  return { info, costOf };
}

function dearer(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.max(left, right);
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
  let most = Math.min(wanted, info?.maxOutputTokens ?? wanted);
  if (tokensRemaining !== undefined) most = Math.min(most, tokensRemaining - inputTokens);
  const planned = reservedFor(inputTokens, Math.max(1, most), worst);
  const { cost } = planned;
  if (costRemaining === undefined || cost === undefined || cost <= costRemaining) {
    return { maxOutputTokens: Math.max(1, most), ...planned };
  }
  const payable = Math.max(1, Math.min(most, payableOutput(costRemaining, costOf)));
  return { maxOutputTokens: payable, ...reservedFor(inputTokens, payable, worst) };
}

/** Output tokens that an amount of money pays for. */
function payableOutput(usd: number, costOf: WorstCase["costOf"]): number {
  const [base, withMillion] = [costOf(0), costOf(MILLION)];
  if (base === undefined || withMillion === undefined || withMillion <= base) return Infinity;
  // Rounded up by a nano-dollar once, which the last token of a tight budget may not have.
  return Math.floor(((usd - base) * MILLION) / (withMillion - base));
}

/** What is to be held for an answer of at most so many tokens. */
export function reservedFor(inputTokens: number, maxOutputTokens: number, { costOf }: WorstCase): ReservedAmount {
  const tokens = inputTokens + maxOutputTokens;
  const cost = costOf(maxOutputTokens);
  return cost === undefined ? { tokens } : { tokens, cost };
}
