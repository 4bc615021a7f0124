import { describeError } from "../errors/index.ts";
import { deny, type Approved, type Ended, type Reserved } from "./steps.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** Step 4: holds what the call may cost; what cannot be paid is not begun. A budget that throws refuses. */
export function reserveBudget({ call, guidance }: Approved, run: ToolCallRun): Reserved | Ended {
  try {
    return { type: "reserved", reservation: run.budget.reserve({ cost: call.tool.maxCost ?? 0, tokens: 0 }) };
  } catch (error) {
    return deny({ layer: "budget", reason: describeError(error) }, guidance);
  }
}
