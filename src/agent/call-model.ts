import { isPromise, raceSignal } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { BudgetSnapshot, ModelFinish, ModelRequest, Span } from "../spec/index.ts";
import { hookScopeOf, observeHooks, tellFailures } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { holdCall, type HeldCall, type WantedCall } from "./hold-call.ts";
import { ModelCallEntry } from "./journal-model-call.ts";
import { planCall, worstCase, type CallPlan } from "./plan-output.ts";
import { showWhole, streamTurn } from "./stream-turn.ts";

/** How the model of a run is called. */
interface CallOptions {
  readonly signal: AbortSignal;
  /** The history was made shorter since the provider refused it. @default false */
  readonly isRetry?: boolean;
}

/**
 * Calls the model of a run once: what the answer may cost is reserved before, and what it did cost is settled after. A
 * call that breaks off is charged in full and told in the totals as an estimate. Throws or rejects with what ends it.
 */
export function callModel(run: AgentRun, turn: number, options: CallOptions): Promise<ModelFinish> {
  const snapshot = run.budget.snapshot();
  if (!isPromise(snapshot)) return callWithin(snapshot, run, turn, options);
  return Promise.resolve(snapshot).then((known) => callWithin(known, run, turn, options));
}

/** A call that is still to be paid. */
interface PlannedCall extends WantedCall {
  readonly economy: boolean;
  readonly request: ModelRequest;
}

/** Plans a call that fits what the budget has left, and makes it. */
function callWithin(
  snapshot: BudgetSnapshot,
  run: AgentRun,
  turn: number,
  { signal, isRetry = false }: CallOptions,
): Promise<ModelFinish> {
  const { history, model, maxOutputTokens } = run;
  const inputTokens = history.estimateTokens();
  const economy = snapshot.isDegraded;
  const request = buildRequest(run, maxOutputTokens);
  const [first = model] = model.route?.(request, { economy }) ?? [];
  const plan = planCall(inputTokens, maxOutputTokens, { snapshot, worst: worstCase(inputTokens, first, run) });
  // Another request, which is held by itself.
  const callId = `${run.runId}:${turn}${isRetry ? ":again" : ""}`;
  const call = { turn, signal, callId, inputTokens, first, economy, request };
  if (!run.hooks.has("beforeModelCall")) return payCall(run, call, plan);
  return runBeforeHooks(run, call, plan).then(() => payCall(run, call, plan));
}

function payCall(run: AgentRun, call: PlannedCall, plan: CallPlan): Promise<ModelFinish> {
  const holding = holdCall(run, plan, call);
  return holding instanceof Promise ? holding.then((held) => makeCall(run, call, held)) : makeCall(run, call, holding);
}

async function makeCall(run: AgentRun, call: PlannedCall, { account, plan }: HeldCall): Promise<ModelFinish> {
  const { signal, economy } = call;
  const entry = new ModelCallEntry(run);
  let isBegun = false;
  let span: Span<"model-call"> | undefined;
  try {
    faultpoint("after-reserve");
    // Holding and recording take time: a run that was stopped meanwhile asks nobody.
    signal.throwIfAborted();
    const begun = entry.begin({ model: call.first, reserved: plan });
    if (begun !== undefined) await begun;
    signal.throwIfAborted();
    isBegun = true;
    const request = { ...call.request, maxOutputTokens: plan.maxOutputTokens };
    span = openSpan(run, request, call);
    run.totals.addTurn();
    const finish = await (span === undefined
      ? streamTurn(run, request, { signal, account, economy, span })
      : span.activate(() => streamTurn(run, request, { signal, account, economy, span })));
    const settling = account.settle(finish);
    const cost = settling instanceof Promise ? await settling : settling;
    if (finish.usage !== undefined) run.history.calibrate(finish.usage);
    warn(run);
    span?.note({ type: "finished", finish, cost });
    const kept = entry.answer(finish, cost);
    if (kept !== undefined) await kept;
    showWhole(run, finish.message);
    return finish;
  } catch (error) {
    span?.recordError(error);
    if (!isBegun) await account.letGo({ turns: 0 });
    await entry.fail(error);
    throw error;
  } finally {
    if (isBegun && run.hooks.has("afterModelCall")) {
      const payload = { ...hookScopeOf(run), turn: call.turn, usage: run.totals.usage };
      await observeHooks(run, { event: "afterModelCall", payload, signal });
    }
    span?.[Symbol.dispose]();
    account[Symbol.dispose]();
  }
}

function openSpan(
  run: AgentRun,
  request: ModelRequest,
  { inputTokens, first }: PlannedCall,
): Span<"model-call"> | undefined {
  if (run.tracer === undefined) return undefined;
  const { provider, id } = first;
  const { contextWindow } = run.modelInfo(first) ?? {};
  const start = { provider, model: id, request, inputTokens, contextWindow, prompt: run.prompt };
  return run.tracer.startSpan("model-call", start, run.span);
}

function buildRequest(run: AgentRun, maxOutputTokens: number): ModelRequest {
  return {
    messages: run.history.messages,
    tools: run.toolSpecs(),
    maxOutputTokens,
    ...(run.system === undefined ? {} : { system: run.system }),
    ...(run.reasoning === undefined ? {} : { reasoning: run.reasoning }),
    ...(run.output === undefined ? {} : { output: { name: "output", schema: run.output.jsonSchema } }),
  };
}

async function runBeforeHooks(
  run: AgentRun,
  { turn, request, signal }: PlannedCall,
  { maxOutputTokens }: CallPlan,
): Promise<void> {
  const payload = { ...hookScopeOf(run), turn, request: { ...request, maxOutputTokens } };
  const outcome = await raceSignal(run.hooks.run("beforeModelCall", payload, { signal }), signal);
  tellFailures(outcome, run.log);
  if (outcome.verdict === "proceed") return;
  const reason = outcome.reason ?? "no reason given";
  throw new HarnessError(`A hook stopped the run before turn ${turn}: ${reason}`, { code: "run_failed" });
}

function warn({ budget, emitter, audit, scope, tracer }: AgentRun): void {
  const warning = budget.takeWarning();
  if (warning === undefined) return;
  const { limit, share, snapshot } = warning;
  tracer?.measure({ type: "finding", kind: `budget_${limit}` });
  audit.append({ type: "budget_warning", ...scope, data: { limit, share, snapshot } });
  emitter.emit({ type: "system", subtype: "budget_warning", data: warning });
}
