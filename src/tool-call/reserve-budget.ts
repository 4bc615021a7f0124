import { describeError } from "../errors/index.ts";
import type { Reservation } from "../spec/index.ts";
import { extendBudget } from "./extend-budget.ts";
import { deny, type Approved, type Ended, type Reserved } from "./steps.ts";
import type { CallWatch } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Step 4: holds what the call may cost; what cannot be paid is not begun, unless a person gives the budget one more
 * window. A budget that throws refuses.
 */
export async function reserveBudget(
  { call, guidance }: Approved,
  run: ToolCallRun,
  watch: CallWatch,
): Promise<Reserved | Ended> {
  const estimate = { cost: call.tool.maxCost ?? 0, tokens: 0, toolCalls: 1 };
  for (;;) {
    let refusal: unknown;
    try {
      // A budget of the host is anybody's code.
      const asked = run.budget.reserve(estimate);
      const reservation: Reservation = asked instanceof Promise ? await asked : asked;
      return { type: "reserved", reservation };
    } catch (error) {
      refusal = error;
    }
    const isExtended = await extendBudget(refusal, run, { ...watch, toolUseId: call.id });
    if (!isExtended) return deny({ layer: "budget", reason: describeError(refusal) }, guidance);
  }
}
