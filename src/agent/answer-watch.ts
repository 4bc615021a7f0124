import { HarnessError } from "../errors/index.ts";
import type { GuardSignal } from "../spec/index.ts";
import type { RunQuestion, ToolCallEvent } from "../tool-call/index.ts";
// The file itself: it is loaded where somebody is asked.
import { askPerson } from "../tool-call/ask-person.ts";
import type { AgentRun } from "./agent-run.ts";
import { emitEvent } from "./run-tools.ts";
import type { StallSignal, StallWatch } from "./stall.ts";
import type { StopCause } from "./stop.ts";

/** Tells of an agent that turns in a circle, first the model. Gives the end of a run that is not to go on. */
export async function endStalled(
  signal: StallSignal,
  run: AgentRun,
  watch: StallWatch,
): Promise<StopCause | undefined> {
  tellStall(signal, run);
  if (signal.level === "nudge") {
    const text = `[harness] ${signal.reason}. That does not help: change your approach, use what you know already, or say what blocks you.`;
    await run.history.append({ role: "user", content: [{ type: "text", text }] });
    return undefined;
  }
  const wasted = signal.wasted === undefined ? "" : ` (${signal.wasted.toFixed(4)} USD spent without progress)`;
  const reason = `${signal.reason}${wasted}`;
  if (run.stall?.action === "ask") {
    const { kind, repeats } = signal;
    const args = { kind, repeats, wastedUsd: signal.wasted ?? null };
    if (await ask(run, { name: "ContinueRun", args, layer: "guard", reason: `${reason}. Go on?` })) {
      watch.reset();
      return undefined;
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

/** Tells of guards that tripped, the first one and those after it. Gives the end of a run that is not to go on. */
export async function endGuarded(first: GuardSignal, run: AgentRun): Promise<StopCause | undefined> {
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
  const isWanted = await askPerson({ ...question, riskReasons, toolUseId, signal, tell }, run);
  // Nobody said no: the run was stopped while somebody thought.
  signal.throwIfAborted();
  return isWanted;
}
