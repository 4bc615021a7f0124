import { isPromise, raceSignal } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { ModelFinish, ModelName, ModelRequest, Span } from "../spec/index.ts";
import { hookScopeOf, observeHooks, tellFailures } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { holdCall, type HeldCall } from "./hold-call.ts";
import { ModelCallEntry } from "./journal-model-call.ts";
import { planCall, worstCase } from "./plan-output.ts";
import { showWhole, streamTurn } from "./stream-turn.ts";

/**
 * Calls the model of a run once: what the answer may cost is reserved before, and what it did cost is settled after. A
 * call that breaks off is charged in full and told in the totals as an estimate.
 */
export async function callModel(
  run: AgentRun,
  turn: number,
  { signal, isRetry = false }: { readonly signal: AbortSignal; readonly isRetry?: boolean },
): Promise<ModelFinish> {
  const { budget, history, model } = run;
  const inputTokens = history.estimateTokens();
  const asked = budget.snapshot();
  const snapshot = isPromise(asked) ? await asked : asked;
  const economy = snapshot.isDegraded;
  const wanted = buildRequest(run, run.maxOutputTokens);
  const [first = model] = model.route?.(wanted, { economy }) ?? [];
  const planned = planCall(inputTokens, run.maxOutputTokens, { snapshot, worst: worstCase(inputTokens, first, run) });
  if (run.hooks.has("beforeModelCall")) {
    await runBeforeHooks(run, { turn, request: { ...wanted, maxOutputTokens: planned.maxOutputTokens }, signal });
  }
  // Another request, which is held by itself.
  const callId = `${run.runId}:${turn}${isRetry ? ":again" : ""}`;
  const holding = holdCall(run, planned, { turn, signal, callId, inputTokens, first });
  const { account, plan } = holding instanceof Promise ? await holding : holding;
  try {
    faultpoint("after-reserve");
    const request = { ...wanted, maxOutputTokens: plan.maxOutputTokens };
    return await makeCall(run, request, { turn, signal, economy, account, plan, inputTokens, first });
  } finally {
    account[Symbol.dispose]();
  }
}

/** A call that can be paid. */
interface PaidCall extends HeldCall {
  readonly turn: number;
  readonly signal: AbortSignal;
  readonly economy: boolean;
  readonly inputTokens: number;
  readonly first: ModelName;
}

async function makeCall(run: AgentRun, request: ModelRequest, call: PaidCall): Promise<ModelFinish> {
  const { turn, signal, account, economy, inputTokens, first } = call;
  const entry = new ModelCallEntry(run);
  const begun = entry.begin({ model: first, reserved: call.plan });
  if (begun !== undefined) await begun;
  const span = openSpan(run, request, { inputTokens, model: first });
  run.totals.addTurn();
  try {
    const stream = (): Promise<ModelFinish> => streamTurn(run, request, { signal, account, economy, span });
    const finish = await (span === undefined ? stream() : span.activate(stream));
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
    await entry.fail(error);
    throw error;
  } finally {
    if (run.hooks.has("afterModelCall")) {
      const payload = { ...hookScopeOf(run), turn, usage: run.totals.usage };
      await observeHooks(run, { event: "afterModelCall", payload, signal });
    }
    span?.[Symbol.dispose]();
  }
}

function openSpan(
  run: AgentRun,
  request: ModelRequest,
  { inputTokens, model }: { readonly inputTokens: number; readonly model: ModelName },
): Span<"model-call"> | undefined {
  if (run.tracer === undefined) return undefined;
  const { provider, id } = model;
  const { contextWindow } = run.modelInfo(model) ?? {};
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
  { turn, request, signal }: { readonly turn: number; readonly request: ModelRequest; readonly signal: AbortSignal },
): Promise<void> {
  const payload = { ...hookScopeOf(run), turn, request };
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
