import { raceSignal } from "../async/index.ts";
import { describeError, HarnessError, ProviderError } from "../errors/index.ts";
import type { ModelFinish, ModelRequest, Reservation, Span } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { planCall } from "./plan-output.ts";
import { streamTurn } from "./stream-turn.ts";

/**
 * Calls the model of a run once: what the answer may cost is reserved before, and what it did cost is settled after. A
 * call that breaks off is charged in full and told in the totals as an estimate.
 */
export async function callModel(run: AgentRun, turn: number, signal: AbortSignal): Promise<ModelFinish> {
  const { budget, history, model, totals } = run;
  const inputTokens = history.estimateTokens();
  const plan = planCall(inputTokens, run.maxOutputTokens, { snapshot: budget.snapshot(), info: run.modelInfo(model) });
  const request = buildRequest(run, plan.maxOutputTokens);
  await runBeforeHooks(run, { turn, request, signal });
  const { cost, tokens } = plan;
  using reservation = budget.reserve(cost === undefined ? { tokens } : { tokens, cost });
  using span = openSpan(run, request, inputTokens);
  totals.addTurn();
  try {
    const stream = (): Promise<ModelFinish> => streamCharged(run, request, { signal, reservation, inputTokens, span });
    const finish = await (span === undefined ? stream() : span.activate(stream));
    const cost = settle(run, finish, { turn, reservation });
    span?.note({ type: "finished", finish, cost });
    return finish;
  } catch (error) {
    span?.recordError(error);
    throw error;
  } finally {
    await runAfterHooks(run, turn, signal);
  }
}

function openSpan(run: AgentRun, request: ModelRequest, inputTokens: number): Span<"model-call"> | undefined {
  if (run.tracer === undefined) return undefined;
  const { provider, id } = run.model;
  const { contextWindow } = run.modelInfo(run.model) ?? {};
  const start = { provider, model: id, request, inputTokens, contextWindow, prompt: run.prompt };
  return run.tracer.startSpan("model-call", start, run.span);
}

interface Charge {
  readonly signal: AbortSignal;
  readonly reservation: Reservation;
  readonly inputTokens: number;
  readonly span: Span<"model-call"> | undefined;
}

async function streamCharged(
  run: AgentRun,
  request: ModelRequest,
  { signal, reservation, inputTokens, span }: Charge,
): Promise<ModelFinish> {
  const progress = { characters: 0 };
  try {
    return await streamTurn(run, request, { signal, progress, span });
  } catch (error) {
    chargeBrokenCall(run, error, { reservation, inputTokens, characters: progress.characters });
    throw error;
  }
}

function settle(
  run: AgentRun,
  { usage, message, reason }: ModelFinish,
  { turn, reservation }: { readonly turn: number; readonly reservation: Reservation },
): number | undefined {
  const { provider, id } = message.model;
  const cost = run.totals.addModelCall(usage, message.model);
  if (usage !== undefined) {
    run.history.calibrate(usage);
    reservation.settle({ usage, cost });
    warn(run);
  }
  run.audit.append({
    type: "model_call",
    ...run.scope,
    ...(cost === undefined ? {} : { cost }),
    data: { turn, provider, model: id, outcome: "completed", finishReason: reason, usage: usage ?? null },
  });
  return cost;
}

/**
 * A provider that refused a call with a status bills nothing, nor does one that was never asked; whatever else ended a
 * call may have been billed, and nobody knows for how much.
 */
function chargeBrokenCall(
  { totals, model }: AgentRun,
  error: unknown,
  broken: { readonly reservation: Reservation; readonly inputTokens: number; readonly characters: number },
): void {
  const { reservation, inputTokens, characters } = broken;
  if (characters === 0 && isUnbilled(error)) {
    reservation.settle({ tokens: 0, cost: 0 });
    return;
  }
  const output = Math.ceil(characters / 3);
  const usage = { input: inputTokens, output, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  totals.addModelCall(usage, model, { isEstimated: true });
}

function isUnbilled(error: unknown): boolean {
  if (ProviderError.isInstance(error)) return error.status !== undefined;
  if (!HarnessError.isInstance(error)) return false;
  return ["credentials_missing", "package_missing", "model_not_found"].includes(error.code);
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
  const payload = { ...run.scope, cwd: run.cwd, turn, request };
  const outcome = await raceSignal(run.hooks.run("beforeModelCall", payload, { signal }), signal);
  if (outcome.verdict === "proceed") return;
  const reason = outcome.reason ?? "no reason given";
  throw new HarnessError(`A hook stopped the run before turn ${turn}: ${reason}`, { code: "run_failed" });
}

/** They observe: what they do changes neither the answer nor the error that ended it. */
async function runAfterHooks(run: AgentRun, turn: number, signal: AbortSignal): Promise<void> {
  if (!run.hooks.has("afterModelCall")) return;
  try {
    const payload = { ...run.scope, cwd: run.cwd, turn, usage: run.totals.usage };
    await raceSignal(run.hooks.run("afterModelCall", payload, { signal }), signal);
  } catch (error) {
    run.log(`An after-hook failed: ${describeError(error)}`);
  }
}

function warn({ budget, emitter }: AgentRun): void {
  const warning = budget.takeWarning();
  if (warning !== undefined) emitter.emit({ type: "system", subtype: "budget_warning", data: warning });
}
