import { describeError } from "../errors/index.ts";
import { deny, type Approved, type Ended, type Reserved } from "./steps.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** Step 4: holds what the call may cost; what cannot be paid is not begun. A budget that throws refuses. */
export async function reserveBudget({ call, guidance }: Approved, run: ToolCallRun): Promise<Reserved | Ended> {
  try {
    const estimate = { cost: call.tool.maxCost ?? 0, tokens: 0, toolCalls: 1 };
    return { type: "reserved", reservation: await run.budget.reserve(estimate) };
  } catch (error) {
    return deny({ layer: "budget", reason: describeError(error) }, guidance);
  }
}
