import { isPromise } from "../async/index.ts";
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
    return isPromise(asked) ? Promise.resolve(asked).then(reserve).catch(extend) : reserve(asked);
  } catch (error) {
    return extend(error);
  }
}

/** Throws a `TypeError` for what holds nothing: whatever a budget of the host answers, an effect needs a reservation. */
export function checkReservation(reservation: unknown): void {
  const isKnown =
    typeof reservation === "object" &&
    reservation !== null &&
    "settle" in reservation &&
    typeof reservation.settle === "function" &&
    Symbol.dispose in reservation &&
    typeof reservation[Symbol.dispose] === "function";
  if (!isKnown) throw new TypeError("The budget gave no reservation: it must have settle() and [Symbol.dispose]()");
}

function reserve(reservation: Reservation): Reserved {
  checkReservation(reservation);
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
