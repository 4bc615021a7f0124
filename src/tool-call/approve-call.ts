import { parseArgs } from "./parse-args.ts";
import { passChecks, type GateWatch } from "./pass-checks.ts";
import { isGraver } from "./risk-order.ts";
import { seekApproval } from "./seek-approval.ts";
import { deny, type Approved, type Checked, type Edited, type Ended, type Prepared } from "./steps.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** How often a person may change arguments of one call for graver ones. */
const MAX_ROUNDS = 3;

/**
 * Step 3: a person, only when a check asked. Who approves may change the arguments: those are parsed and judged again, a
 * denial ends the call, and where they are of a higher risk than what was asked about the person is asked once more.
 */
export async function approveCall(first: Checked, run: ToolCallRun, watch: GateWatch): Promise<Approved | Ended> {
  let checked = first;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const answered = await seekApproval(checked, run, watch);
    if (answered.type !== "edited") return answered;
    const again = await judgeEdited(answered, checked, { run, watch });
    if (again.type === "ended") return again;
    const { decision, guidance } = answered;
    if (!isGraver(again.risk, checked.risk)) return { type: "approved", call: again.call, decision, guidance };
    const reason = `The changed arguments are of ${again.risk} risk`;
    checked = { ...again, decision: { effect: "ask", layer: "approval", reason }, isDefault: false };
  }
  return deny({ layer: "approval", reason: `The arguments were changed ${MAX_ROUNDS} times for graver ones` });
}

async function judgeEdited(
  { args, guidance }: Edited,
  { call: judged }: Checked,
  { run, watch }: { readonly run: ToolCallRun; readonly watch: GateWatch },
): Promise<Checked | Ended> {
  const parsed = await parseArgs(judged.tool, args);
  if (!parsed.isValid) {
    return deny({ layer: "approval", reason: `The changed arguments are invalid: ${parsed.problem}` }, guidance);
  }
  const call = Object.freeze({ ...judged, args: parsed.args, input: parsed.input });
  const prepared: Prepared = { type: "prepared", call, ask: undefined, guidance };
  return await passChecks(prepared, run, watch);
}
