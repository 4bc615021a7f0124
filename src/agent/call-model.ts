import { raceSignal } from "../async/index.ts";
import { BudgetExhaustedError, describeError, HarnessError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { ModelFinish, ModelName, ModelRequest, Span } from "../spec/index.ts";
import { extendBudget, hookScopeOf } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { openCallAccount, type CallAccount } from "./call-account.ts";
import { openModelCallEntry } from "./journal-model-call.ts";
import { planCall, worstCase, type CallPlan } from "./plan-output.ts";
import { recordCall } from "./record-model.ts";
import { emitEvent } from "./run-tools.ts";
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
  const { budget, history, model, totals } = run;
  const inputTokens = history.estimateTokens();
  const snapshot = await budget.snapshot();
  const economy = snapshot.isDegraded;
  const wanted = buildRequest(run, run.maxOutputTokens);
  const [first = model] = model.route?.(wanted, { economy }) ?? [];
  const planned = planCall(inputTokens, run.maxOutputTokens, { snapshot, worst: worstCase(inputTokens, first, run) });
  await runBeforeHooks(run, { turn, request: { ...wanted, maxOutputTokens: planned.maxOutputTokens }, signal });
  // Another request, which is held by itself.
  const callId = `${run.runId}:${turn}${isRetry ? ":again" : ""}`;
  const held = await holdCall(run, planned, { turn, signal, callId, inputTokens, first });
  using account = held.account;
  const { maxOutputTokens, ...reserved } = held.plan;
  const request = { ...wanted, maxOutputTokens };
  faultpoint("after-reserve");
  const entry = openModelCallEntry(run);
  await entry.begin(first, reserved);
  using span = openSpan(run, request, { inputTokens, model: first });
  totals.addTurn();
  try {
    const stream = (): Promise<ModelFinish> => streamCharged(run, request, { signal, account, economy, span });
    const finish = await (span === undefined ? stream() : span.activate(stream));
    const cost = await settle(run, finish, account);
    span?.note({ type: "finished", finish, cost });
    await entry.answer(finish, cost);
    showWhole(run, finish.message);
    return finish;
  } catch (error) {
    span?.recordError(error);
    await entry.fail(error);
    throw error;
  } finally {
    await runAfterHooks(run, turn, signal);
  }
}

interface HeldCall {
  readonly account: CallAccount;
  readonly plan: CallPlan;
}

/** How often an answer is planned shorter since others took what was left. */
const MAX_PLANS = 5;

/**
 * Holds what a call may use. Sub-agents at work at the same time may take what was left between plan and reservation:
 * then the answer is planned shorter, and only what does not fit at all is refused.
 */
async function holdCall(
  run: AgentRun,
  planned: CallPlan,
  call: {
    readonly turn: number;
    readonly signal: AbortSignal;
    readonly callId: string;
    readonly inputTokens: number;
    readonly first: ModelName;
  },
): Promise<HeldCall> {
  const { turn, signal, callId, inputTokens, first } = call;
  let plan = planned;
  for (let tries = 1, isLast = false; ; tries += 1) {
    const { maxOutputTokens } = plan;
    const account = openCallAccount({
      ...pricesOf(run),
      budget: run.budget,
      totals: run.totals,
      callId,
      inputTokens,
      maxOutputTokens,
      onCharged: (charged) => recordCall(run, turn, charged),
      onUnpriced: (unpriced) => warnUnpriced(run, unpriced),
      // A person is asked when nothing shorter fits.
      ...(isLast ? { extend: (refusal: unknown) => askToExtend(refusal, run, { turn, signal }) } : {}),
    });
    try {
      await account.open(first);
      return { account, plan };
    } catch (error) {
      account[Symbol.dispose]();
      if (isLast || !BudgetExhaustedError.isInstance(error)) throw error;
      const worst = worstCase(inputTokens, first, run);
      const next = planCall(inputTokens, run.maxOutputTokens, { snapshot: await run.budget.snapshot(), worst });
      isLast = tries >= MAX_PLANS || next.maxOutputTokens >= maxOutputTokens;
      plan = next;
    }
  }
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

function pricesOf({ modelInfo, costOf }: AgentRun): Pick<AgentRun, "modelInfo" | "costOf"> {
  return { modelInfo, costOf };
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

interface Charge {
  readonly signal: AbortSignal;
  readonly account: CallAccount;
  readonly economy: boolean;
  readonly span: Span<"model-call"> | undefined;
}

async function streamCharged(run: AgentRun, request: ModelRequest, charge: Charge): Promise<ModelFinish> {
  const progress = { characters: 0 };
  try {
    return await streamTurn(run, request, { ...charge, progress });
  } catch (error) {
    await charge.account.breakOff(error, progress.characters);
    throw error;
  }
}

async function settle(run: AgentRun, finish: ModelFinish, account: CallAccount): Promise<number | undefined> {
  const cost = await account.settle(finish);
  if (finish.usage !== undefined) run.history.calibrate(finish.usage);
  warn(run);
  return cost;
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
  if (!run.hooks.has("beforeModelCall")) return;
  const payload = { ...hookScopeOf(run), turn, request };
  const outcome = await raceSignal(run.hooks.run("beforeModelCall", payload, { signal }), signal);
  if (outcome.verdict === "proceed") return;
  const reason = outcome.reason ?? "no reason given";
  throw new HarnessError(`A hook stopped the run before turn ${turn}: ${reason}`, { code: "run_failed" });
}

/** They observe: what they do changes neither the answer nor the error that ended it. */
async function runAfterHooks(run: AgentRun, turn: number, signal: AbortSignal): Promise<void> {
  if (!run.hooks.has("afterModelCall")) return;
  try {
    const payload = { ...hookScopeOf(run), turn, usage: run.totals.usage };
    await raceSignal(run.hooks.run("afterModelCall", payload, { signal }), signal);
  } catch (error) {
    run.log(`An after-hook failed: ${describeError(error)}`);
  }
}

/** Once for each model: its calls count as unknown in every sum. */
function warnUnpriced({ unpriced, emitter }: AgentRun, { provider, id }: ModelName): void {
  const name = `${provider}/${id}`;
  if (unpriced.has(name)) return;
  unpriced.add(name);
  const hint = `give it one with [models."${name}"] input and output, or with extendCatalogue`;
  emitter.emit({ type: "system", subtype: "price_unknown", data: { provider, model: id, hint } });
}

function warn({ budget, emitter, audit, scope, tracer }: AgentRun): void {
  const warning = budget.takeWarning();
  if (warning === undefined) return;
  const { limit, share, snapshot } = warning;
  tracer?.measure({ type: "finding", kind: `budget_${limit}` });
  audit.append({ type: "budget_warning", ...scope, data: { limit, share, snapshot } });
  emitter.emit({ type: "system", subtype: "budget_warning", data: warning });
}
