import type { Budget } from "../spec/index.ts";
import { definedOf } from "./defined-of.ts";
import type { Spent } from "./open-session.ts";
import type { RunOptions } from "./run-options.ts";
import type { Wiring } from "./wiring.ts";

/**
 * The budget of a run: a tracker of the host as it is. Limits of the configuration hold for the session, with what its
 * earlier runs used; those of options hold for this run and go before the configuration's.
 */
export async function openBudget(
  { settings, modules }: Wiring,
  { options, spent }: { readonly options: RunOptions; readonly spent: Spent },
): Promise<Budget> {
  const { budget } = options;
  if (budget !== undefined && "reserve" in budget) return budget;
  if (modules.budget !== undefined && budget === undefined) return modules.budget;
  const { BudgetTracker } = await import("../budget/index.ts");
  const { maxCostPerSession: maxCost, maxTokensPerSession: maxTokens } = settings.config.router;
  const own = definedOf(budget ?? {});
  const clock = options.clock === undefined ? {} : { clock: options.clock };
  const session = new BudgetTracker({
    ...clock,
    scope: "session",
    maxCost: own.maxCost === undefined ? maxCost : undefined,
    maxTokens: own.maxTokens === undefined ? maxTokens : undefined,
    ...(own.onUnknownCost === undefined ? {} : { onUnknownCost: own.onUnknownCost }),
  });
  if (spent.tokens > 0) session.recordUsage({ inputTokens: spent.tokens, outputTokens: 0, cost: spent.cost });
  return budget === undefined ? session : session.child({ ...own, scope: "run" });
}
