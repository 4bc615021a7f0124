import { loadOnce } from "../async/index.ts";
import { BudgetExhaustedError } from "../errors/index.ts";
import type { GuardSignal } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Turn } from "./run-turn.ts";
import type { StallSignal, StallWatch } from "./stall.ts";
import type { StopCause } from "./stop.ts";

// Most runs see neither a stall nor a guard that trips.
const loadAnswers = loadOnce(() => import("./answer-watch.ts"));

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
  const { endStalled } = await loadAnswers();
  return (await endStalled(signal, run, watch)) ?? (await watchGuards(run));
}

function watchGuards(run: AgentRun): Promise<StopCause | undefined> | undefined {
  const first = run.guards?.take(run.scope.agent);
  return first === undefined ? undefined : answerGuards(first, run);
}

async function answerGuards(first: GuardSignal, run: AgentRun): Promise<StopCause | undefined> {
  const { endGuarded } = await loadAnswers();
  return await endGuarded(first, run);
}
