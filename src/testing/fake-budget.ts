import { BudgetExhaustedError } from "../errors/index.ts";
import type { Budget, BudgetEstimate, BudgetSnapshot, BudgetUsage } from "../spec/index.ts";

/** The limits of a fake budget; what is left out has none. */
export interface FakeBudgetLimits {
  readonly maxTokens?: number;
  /** USD. */
  readonly maxCost?: number;
}

/** A budget that counts in plain numbers and never warns. Without limits nothing is refused. */
export function fakeBudget({ maxTokens, maxCost }: FakeBudgetLimits = {}): Budget {
  const used = { tokens: 0, input: 0, output: 0, cost: 0 };
  const held = { tokens: 0, cost: 0 };
  const snapshot = (): BudgetSnapshot => ({
    tokensUsed: used.tokens,
    inputTokensUsed: used.input,
    outputTokensUsed: used.output,
    costUsed: used.cost,
    tokensReserved: held.tokens,
    costReserved: held.cost,
    maxTokens,
    maxCost,
    tokensRemaining: maxTokens === undefined ? undefined : Math.max(0, maxTokens - used.tokens - held.tokens),
    costRemaining: maxCost === undefined ? undefined : Math.max(0, maxCost - used.cost - held.cost),
  });
  const charge = ({ usage, tokens, cost }: BudgetUsage, estimate: Required<BudgetEstimate>): void => {
    used.tokens += tokens ?? (usage === undefined ? estimate.tokens : usage.input + usage.output);
    used.input += usage?.input ?? 0;
    used.output += usage?.output ?? 0;
    used.cost += cost ?? estimate.cost;
  };
  return {
    snapshot,
    takeWarning: () => undefined,
    reserve({ tokens = 0, cost = 0 }) {
      const { tokensRemaining = Infinity, costRemaining = Infinity } = snapshot();
      if (tokens > tokensRemaining || cost > costRemaining) {
        throw new BudgetExhaustedError("The fake budget does not leave that much", { snapshot: snapshot() });
      }
      held.tokens += tokens;
      held.cost += cost;
      let isOpen = true;
      const settle = (actual: BudgetUsage): void => {
        if (!isOpen) return;
        isOpen = false;
        held.tokens -= tokens;
        held.cost -= cost;
        charge(actual, { tokens, cost });
      };
      return { settle, [Symbol.dispose]: () => settle({}) };
    },
  };
}
