import { BudgetExhaustedError, HarnessError } from "../errors/index.ts";
import type { GuardSignal } from "../spec/index.ts";
import { askPerson, type RunQuestion, type ToolCallEvent } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { emitEvent } from "./run-tools.ts";
import type { Turn } from "./run-turn.ts";
import type { StallSignal, StallWatch } from "./stall.ts";
import type { StopCause } from "./stop.ts";

/**
 * Looks at a run after a turn whose calls were made: what is used up, what turns in a circle, what is odd. `undefined`
 * at once where nothing is, as after most turns.
 */
export function watchRun(
  turn: Turn,
  run: AgentRun,
  stall: StallWatch | undefined,
): Promise<StopCause | undefined> | undefined {
  const isRefused = turn.results.some(({ outcome, decision }) => outcome === "denied" && decision.layer === "budget");
  return isRefused ? watchRefused(turn, run, stall) : watchStall(turn, run, stall);
}

/** A run whose tool calls or time are used up cannot go on with what it was refused. */
async function watchRefused(turn: Turn, run: AgentRun, stall: StallWatch | undefined): Promise<StopCause | undefined> {
  const snapshot = await run.budget.snapshot();
  if (snapshot.toolCallsRemaining !== 0 && snapshot.wallMsRemaining !== 0) return await watchStall(turn, run, stall);
  const message = `The budget of ${snapshot.toolCallsRemaining === 0 ? "tool calls" : "time"} is used up: resume the session with a fresh one`;
  return { stopReason: "budget_exhausted", error: new BudgetExhaustedError(message, { snapshot }) };
}

function watchStall(
  { calls, results }: Turn,
  run: AgentRun,
  watch: StallWatch | undefined,
): Promise<StopCause | undefined> | undefined {
  if (watch === undefined || calls.length === 0) return watchGuards(run);
  const signal = watch.note({ calls, results, toolOf: (name) => run.tools.get(name) }, run.totals.cost);
  return signal === undefined ? watchGuards(run) : answerStall(signal, run, watch);
}

async function answerStall(signal: StallSignal, run: AgentRun, watch: StallWatch): Promise<StopCause | undefined> {
  tellStall(signal, run);
  if (signal.level === "nudge") {
    const text = `[harness] ${signal.reason}. That does not help: change your approach, use what you know already, or say what blocks you.`;
    await run.history.append({ role: "user", content: [{ type: "text", text }] });
    return await watchGuards(run);
  }
  const wasted = signal.wasted === undefined ? "" : ` (${signal.wasted.toFixed(4)} USD spent without progress)`;
  const reason = `${signal.reason}${wasted}`;
  if (run.stall?.action === "ask") {
    const { kind, repeats } = signal;
    const args = { kind, repeats, wastedUsd: signal.wasted ?? null };
    if (await ask(run, { name: "ContinueRun", args, layer: "guard", reason: `${reason}. Go on?` })) {
      watch.reset();
      return await watchGuards(run);
    }
  }
  return { stopReason: "stalled", error: new HarnessError(reason, { code: "stalled" }) };
}

function tellStall({ kind, reason, repeats, level, wasted }: StallSignal, run: AgentRun): void {
  const spent = wasted === undefined ? {} : { wastedUsd: wasted };
  run.tracer?.measure({ type: "finding", kind: `stall_${kind}` });
  run.emitter.emit({ type: "system", subtype: "stall_warning", data: { kind, reason, repeats, ...spent } });
  run.audit.append({
    type: "guard_tripped",
    ...run.scope,
    data: { guard: `stall_${kind}`, action: level, value: repeats },
    content: { reason },
  });
}

function watchGuards(run: AgentRun): Promise<StopCause | undefined> | undefined {
  const first = run.guards?.take(run.scope.agent);
  return first === undefined ? undefined : answerGuards(first, run);
}

async function answerGuards(first: GuardSignal, run: AgentRun): Promise<StopCause | undefined> {
  const { guards, scope } = run;
  for (let signal: GuardSignal | undefined = first; signal !== undefined; signal = guards?.take(scope.agent)) {
    tellGuard(signal, run);
    const { guard, action, reason, value, limit } = signal;
    if (action === "warn") continue;
    const question = {
      name: "ContinueRun",
      args: { guard, value, limit },
      layer: "guard",
      reason: `${reason}. Go on?`,
    };
    if (action === "pause" && (await ask(run, question))) continue;
    const error = new HarnessError(`A guard stopped the run (${guard}): ${reason}`, { code: "guard_tripped" });
    return action === "pause" ? { stopReason: "paused", error } : { stopReason: "error", error };
  }
  return undefined;
}

function tellGuard({ guard, action, reason, value, limit }: GuardSignal, run: AgentRun): void {
  run.tracer?.measure({ type: "finding", kind: guard });
  run.emitter.emit({ type: "system", subtype: "guard_tripped", data: { guard, action, reason, value, limit } });
  run.audit.append({ type: "guard_tripped", ...run.scope, data: { guard, action, value }, content: { reason } });
}

async function ask(run: AgentRun, question: Pick<RunQuestion, "name" | "args" | "layer" | "reason">): Promise<boolean> {
  const { signal } = run.stop;
  const riskReasons = ["the run does not behave as expected"];
  const toolUseId = `turn_${run.totals.turns}`;
  const tell = (event: ToolCallEvent): void => emitEvent(event, toolUseId, run);
  return await askPerson({ ...question, riskReasons, toolUseId, signal, tell }, run);
}
