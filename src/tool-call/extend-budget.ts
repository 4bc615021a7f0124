import { BudgetExhaustedError } from "../errors/index.ts";
import type { CallWatch } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Asks whoever answers whether a budget that refused something may have one more window. True = it has: try again. Only
 * a limit that asks (`onLimit: "ask"`) may grow.
 */
export async function extendBudget(
  refusal: unknown,
  run: ToolCallRun,
  { toolUseId, signal, tell }: CallWatch & { readonly toolUseId: string },
): Promise<boolean> {
  if (!BudgetExhaustedError.isInstance(refusal) || !refusal.isExtendable || run.budget.extend === undefined)
    return false;
  const { askPerson } = await import("./ask-person.ts");
  const { message, snapshot } = refusal;
  const isAllowed = await askPerson(
    {
      name: "ExtendBudget",
      args: {
        tokensUsed: snapshot.tokensUsed,
        costUsed: snapshot.costUsed,
        turnsUsed: snapshot.turnsUsed,
        toolCallsUsed: snapshot.toolCallsUsed,
        maxTokens: snapshot.maxTokens ?? null,
        maxCost: snapshot.maxCost ?? null,
      },
      layer: "budget",
      reason: `${message}. Go on with one more window of the same size?`,
      riskReasons: ["the run spends more than it was given"],
      toolUseId,
      signal,
      tell,
    },
    run,
  );
  if (!isAllowed || !(await run.budget.extend())) return false;
  run.audit.append({ type: "budget_moved", ...run.scope, data: { move: "granted" } });
  tell({ type: "budget-extended", reason: message, snapshot: await run.budget.snapshot() });
  return true;
}
