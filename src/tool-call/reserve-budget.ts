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
export function reserveBudget(
  approved: Approved,
  run: ToolCallRun,
  watch: CallWatch,
): Reserved | Ended | Promise<Reserved | Ended> {
  const extend = (refusal: unknown): Promise<Reserved | Ended> => reserveMore(refusal, approved, { run, watch });
  try {
    // A budget of the host is anybody's code.
    const asked = run.budget.reserve({ cost: approved.call.tool.maxCost ?? 0, tokens: 0, toolCalls: 1 });
    return asked instanceof Promise ? asked.then(reserve, extend) : reserve(asked);
  } catch (error) {
    return extend(error);
  }
}

function reserve(reservation: Reservation): Reserved {
  return { type: "reserved", reservation };
}

async function reserveMore(
  refusal: unknown,
  approved: Approved,
  { run, watch }: { readonly run: ToolCallRun; readonly watch: CallWatch },
): Promise<Reserved | Ended> {
  const { call, guidance } = approved;
  const isExtended = await extendBudget(refusal, run, { ...watch, toolUseId: call.id });
  if (!isExtended) return deny({ layer: "budget", reason: describeError(refusal) }, guidance);
  return await reserveBudget(approved, run, watch);
}
