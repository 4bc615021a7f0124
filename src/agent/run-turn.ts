import { openSignalScope } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { ModelFinish, ModelRequest, ToolCallPart, ToolCallResult } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { planCall } from "./plan-output.ts";
import { runTools, toToolResultParts } from "./run-tools.ts";
import { streamTurn } from "./stream-turn.ts";

/** What one turn came to. */
export interface Turn {
  readonly finish: ModelFinish;
  readonly calls: readonly ToolCallPart[];
  readonly results: readonly ToolCallResult[];
  readonly isPaused: boolean;
}

/** One turn: a model call and the tool calls that it asked for. Its messages stand in the history when it returns. */
export async function runTurn(run: AgentRun, turn: number): Promise<Turn> {
  using limit = openSignalScope([run.stop.signal], {
    timeoutMs: run.turnMs,
    timeoutReason: () => new HarnessError(`Turn ${turn} took longer than ${run.turnMs} ms`, { code: "timeout" }),
  });
  const { signal } = limit;
  const finish = await callModel(run, turn, signal);
  await run.history.append(finish.message);
  const calls = finish.message.content.filter((part) => part.type === "tool-call");
  if (calls.length === 0) return { finish, calls, results: [], isPaused: false };

  // An answer that was cut off may hold a call that was cut off: nothing of it is executed.
  const isCut = finish.reason === "max_tokens" || finish.reason === "refusal" || finish.reason === "context_window";
  run.totals.addToolCalls(isCut ? 0 : calls.length);
  const { results, isPaused } = isCut ? { results: [], isPaused: false } : await runTools(calls, run, signal);
  await run.history.append({ role: "tool", content: toToolResultParts(calls, results) });
  signal.throwIfAborted();
  return { finish, calls, results, isPaused };
}

async function callModel(run: AgentRun, turn: number, signal: AbortSignal): Promise<ModelFinish> {
  const { budget, history, model, totals } = run;
  const plan = planCall(history.estimateTokens(), run.maxOutputTokens, {
    snapshot: budget.snapshot(),
    info: run.modelInfo(model),
  });
  const request = buildRequest(run, plan.maxOutputTokens);
  await runBeforeHooks(run, { turn, request, signal });
  const { cost } = plan;
  using reservation = budget.reserve(cost === undefined ? { tokens: plan.tokens } : { tokens: plan.tokens, cost });
  const { provider, id } = model;
  await run.audit.record(
    event(run, "provider_request", { turn, provider, model: id, messages: history.messages.length }),
  );

  totals.addTurn();
  const finish = await streamTurn(run, request, signal);
  const { usage, message } = finish;
  const spent = totals.addModelCall(usage, message.model);
  if (usage !== undefined) {
    history.calibrate(usage);
    reservation.settle({ usage, cost: spent });
    warn(run);
  }
  await run.audit.record(
    event(run, "provider_call", {
      turn,
      provider: message.model.provider,
      model: message.model.id,
      reason: finish.reason,
      usage: usage === undefined ? null : { ...usage },
      cost: spent ?? null,
    }),
  );
  if (run.hooks.has("afterModelCall")) {
    await run.hooks.run("afterModelCall", { ...run.scope, cwd: run.cwd, turn, usage }, { signal });
  }
  return finish;
}

function event(run: AgentRun, type: string, data: Parameters<AgentRun["audit"]["record"]>[0]["data"]) {
  return { type, sessionId: run.scope.sessionId, agent: run.scope.agent, data };
}

function buildRequest(run: AgentRun, maxOutputTokens: number): ModelRequest {
  const tools = run.offeredTools().map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  return {
    messages: run.history.messages,
    tools,
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
  const outcome = await run.hooks.run("beforeModelCall", { ...run.scope, cwd: run.cwd, turn, request }, { signal });
  if (outcome.verdict === "proceed") return;
  const reason = outcome.reason ?? "no reason given";
  throw new HarnessError(`A hook stopped the run before turn ${turn}: ${reason}`, { code: "run_failed" });
}

function warn({ budget, emitter }: AgentRun): void {
  const warning = budget.takeWarning();
  if (warning !== undefined) emitter.emit({ type: "system", subtype: "budget_warning", data: warning });
}
