import { BudgetExhaustedError } from "../errors/index.ts";
import type { ModelName } from "../spec/index.ts";
import { extendBudget } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { CallAccount, type CallAccountOptions } from "./call-account.ts";
import { planCall, worstCase, type CallPlan } from "./plan-output.ts";
import { recordCall } from "./record-model.ts";
import { emitEvent } from "./run-tools.ts";

/** A call for which something is held: whoever holds it disposes the account. */
export interface HeldCall {
  readonly account: CallAccount;
  readonly plan: CallPlan;
}

/** A call for which something is to be held. */
export interface WantedCall {
  readonly turn: number;
  readonly signal: AbortSignal;
  readonly callId: string;
  readonly inputTokens: number;
  readonly first: ModelName;
}

/** How often an answer is planned shorter since others took what was left. */
const MAX_PLANS = 5;

/**
 * Holds what a call may use. Sub-agents at work at the same time may take what was left between plan and reservation:
 * then the answer is planned shorter, and only what does not fit at all is refused.
 */
export function holdCall(run: AgentRun, plan: CallPlan, call: WantedCall): HeldCall | Promise<HeldCall> {
  const account = openAccount(run, plan, call);
  const opening = account.open(call.first, plan);
  if (opening === undefined) return { account, plan };
  return opening.then(
    () => ({ account, plan }),
    (refusal: unknown) => holdShorter(refusal, plan, { run, call }),
  );
}

async function holdShorter(
  first: unknown,
  planned: CallPlan,
  { run, call }: { readonly run: AgentRun; readonly call: WantedCall },
): Promise<HeldCall> {
  let refusal = first;
  let plan = planned;
  for (let tries = 1, isLast = false; ; tries += 1) {
    if (isLast || !BudgetExhaustedError.isInstance(refusal)) throw refusal;
    const worst = worstCase(call.inputTokens, call.first, run);
    const snapshot = await run.budget.snapshot();
    const next = planCall(call.inputTokens, run.maxOutputTokens, { snapshot, worst });
    isLast = tries >= MAX_PLANS || next.maxOutputTokens >= plan.maxOutputTokens;
    plan = next;
    // A person is asked when nothing shorter fits.
    const extend = (asked: unknown): Promise<boolean> => askToExtend(asked, run, call);
    const account = openAccount(run, plan, call, isLast ? extend : undefined);
    try {
      await account.open(call.first, plan);
      return { account, plan };
    } catch (error) {
      refusal = error;
    }
  }
}

function openAccount(
  run: AgentRun,
  { maxOutputTokens }: CallPlan,
  { turn, callId, inputTokens }: WantedCall,
  extend?: CallAccountOptions["extend"],
): CallAccount {
  const { budget, totals, modelInfo, costOf } = run;
  return new CallAccount({
    modelInfo,
    costOf,
    budget,
    totals,
    callId,
    inputTokens,
    maxOutputTokens,
    onCharged: (charged) => recordCall(run, turn, charged),
    onUnpriced: (unpriced) => warnUnpriced(run, unpriced),
    ...(extend === undefined ? {} : { extend }),
  });
}

/** A person may give the budget one more window; the question is shown like any other. */
async function askToExtend(
  refusal: unknown,
  run: AgentRun,
  { turn, signal }: { readonly turn: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const toolUseId = `turn_${turn}`;
  run.audit.append({ type: "budget_moved", ...run.scope, data: { move: "refused" } });
  return await extendBudget(refusal, run, { toolUseId, signal, tell: (event) => emitEvent(event, toolUseId, run) });
}

/** Once for each model: its calls count as unknown in every sum. */
function warnUnpriced({ unpriced, emitter }: AgentRun, { provider, id }: ModelName): void {
  const name = `${provider}/${id}`;
  if (unpriced.has(name)) return;
  unpriced.add(name);
  const hint = `give it one with [models."${name}"] input and output, or with extendCatalogue`;
  emitter.emit({ type: "system", subtype: "price_unknown", data: { provider, model: id, hint } });
}
