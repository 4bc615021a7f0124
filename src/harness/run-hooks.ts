import type { AgentEnd, AgentRun } from "../agent/index.ts";
import { openSignalScope, raceSignal } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { Result } from "../spec/index.ts";
import { hookScopeOf, observeHooks, tellFailures } from "../tool-call/index.ts";
import type { BuiltRun } from "./build-agent-run.ts";
import { makeTerminal } from "./make-terminal.ts";
import type { RunRequest } from "./run-request.ts";

/** Asks those of the beginning. Throws where one of them refuses the prompt. */
export async function runFirstHooks(
  run: AgentRun,
  start: BuiltRun["start"],
  prompt: RunRequest["prompt"],
): Promise<void> {
  const { hooks, stop } = run;
  const { signal } = stop;
  // Loading this took time: a run that was stopped meanwhile asks nobody.
  signal.throwIfAborted();
  const payload = hookScopeOf(run);
  if (hooks.has("sessionStart")) {
    const { provider, model } = start;
    tellFailures(
      await raceSignal(hooks.run("sessionStart", { ...payload, provider, model }, { signal }), signal),
      run.log,
    );
  }
  if (prompt === undefined || !hooks.has("beforePrompt")) return;
  signal.throwIfAborted();
  const text = prompt.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n");
  const outcome = await raceSignal(hooks.run("beforePrompt", { ...payload, prompt: text }, { signal }), signal);
  tellFailures(outcome, run.log);
  if (outcome.verdict === "proceed") return;
  throw new HarnessError(`A hook refused the prompt: ${outcome.reason ?? "no reason given"}`, { code: "run_failed" });
}

/** Nobody waits longer for those who only observe the end. */
const END_HOOKS_MS = 30_000;

/** Tells those of the end. Never throws. */
export async function notifyEnd(run: AgentRun, end: AgentEnd, durationMs: number): Promise<void> {
  const { scope, totals, stop, redact } = run;
  // Observers get the result as it will be, without a number: only the run itself counts its messages.
  const emitter = {
    ...run.emitter,
    stamp: (body: Omit<Result, "seq" | "sessionId" | "agent">) => ({ ...body, ...scope, seq: -1 }),
  };
  const result = makeTerminal({ end, totals, durationMs, emitter, redact });
  // The hooks of a run that was stopped are heard all the same; one that is stopped meanwhile does not wait for them.
  using limit = openSignalScope([stop.signal.aborted ? undefined : stop.signal], { timeoutMs: END_HOOKS_MS });
  await observeHooks(run, { event: "sessionEnd", payload: { ...hookScopeOf(run), result }, signal: limit.signal });
}
