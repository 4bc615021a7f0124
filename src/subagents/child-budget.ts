import type { Budget, BudgetLimits } from "../spec/index.ts";

/**
 * A child's slice of its parent's budget: its own limits, and where it has none, a share of what the parent has left. A
 * slice can only be narrower: whatever it uses counts for the parent, too, and is refused where the parent refuses it.
 */
export async function sliceBudget(parent: Budget, wanted: BudgetLimits = {}, share = 0.5): Promise<Budget> {
  const { tokensRemaining, costRemaining } = await parent.snapshot();
  const maxTokens =
    wanted.maxTokens ?? (tokensRemaining === undefined ? undefined : Math.floor(tokensRemaining * share));
  const maxCost = wanted.maxCost ?? (costRemaining === undefined ? undefined : costRemaining * share);
  return parent.child({
    ...wanted,
    ...(maxTokens === undefined ? {} : { maxTokens: Math.max(0, maxTokens) }),
    ...(maxCost === undefined ? {} : { maxCost: Math.max(0, maxCost) }),
  });
}
