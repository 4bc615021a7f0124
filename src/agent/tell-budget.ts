import type { Budget, BudgetSnapshot } from "../spec/index.ts";

/** Finds what a model is to be told of its budget. */
export interface BudgetTeller {
  /** A text for the model: at the start, and whenever another quarter of a limit is used. */
  next(): Promise<string | undefined>;
}

/** Makes the teller of one run. Without a limit it has nothing to say. */
export function createBudgetTeller(budget: Budget): BudgetTeller {
  let told = -1;
  return {
    async next() {
      const snapshot = await budget.snapshot();
      const lines = describeRest(snapshot);
      const quarter = Math.floor(largestShare(snapshot) * 4);
      if (lines.length === 0 || quarter <= told) return undefined;
      told = quarter;
      return `[budget] What remains for this task: ${lines.join(", ")}. Plan for it: finish with a whole answer before it is used up.`;
    },
  };
}

function describeRest(snapshot: BudgetSnapshot): readonly string[] {
  const { tokensRemaining, costRemaining, turnsRemaining, toolCallsRemaining, wallMsRemaining } = snapshot;
  const lines: string[] = [];
  if (tokensRemaining !== undefined) lines.push(`${tokensRemaining} tokens`);
  if (costRemaining !== undefined) lines.push(`${costRemaining.toFixed(4)} USD`);
  if (turnsRemaining !== undefined) lines.push(`${turnsRemaining} answers`);
  if (toolCallsRemaining !== undefined) lines.push(`${toolCallsRemaining} tool calls`);
  if (wallMsRemaining !== undefined) lines.push(`${Math.round(wallMsRemaining / 1000)} seconds`);
  return lines;
}

function largestShare(snapshot: BudgetSnapshot): number {
  const shares = [
    shareOf(snapshot.tokensRemaining, snapshot.maxTokens),
    shareOf(snapshot.costRemaining, snapshot.maxCost),
    shareOf(snapshot.turnsRemaining, snapshot.maxTurns),
    shareOf(snapshot.toolCallsRemaining, snapshot.maxToolCalls),
    shareOf(snapshot.wallMsRemaining, snapshot.maxWallMs),
  ];
  return Math.max(...shares);
}

function shareOf(remaining: number | undefined, max: number | undefined): number {
  return remaining === undefined || max === undefined || max === 0 ? 0 : 1 - remaining / max;
}
