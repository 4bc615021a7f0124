import { isPromise, openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { LabelSource, PreparedCall, ToolOutcome } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Step 6: labels the context with what the call's output brings in, before the model can read it. A labeller that
 * throws, hangs or answers nonsense labels the worst. Returns what is new.
 */
export function labelOutput(
  call: PreparedCall,
  outcome: ToolOutcome,
  run: ToolCallRun,
): readonly LabelSource[] | Promise<readonly LabelSource[]> {
  // A refusal of the confinement is our own text.
  if (outcome.type === "denied" || outcome.type === "paused") return [];
  try {
    const labelled: unknown = run.labeller.label(call, outcome);
    return isPromise(labelled) ? awaitLabels(Promise.resolve(labelled), call, run) : readSources(labelled);
  } catch (error) {
    return labelWorst(error, call, run);
  }
}

async function awaitLabels(
  labelled: Promise<unknown>,
  call: PreparedCall,
  run: ToolCallRun,
): Promise<readonly LabelSource[]> {
  try {
    using limit = openSignalScope([], { timeoutMs: run.limits.checkMs });
    return readSources(await raceSignal(labelled, limit.signal));
  } catch (error) {
    return labelWorst(error, call, run);
  }
}

function labelWorst(error: unknown, call: PreparedCall, run: ToolCallRun): readonly LabelSource[] {
  run.log(`The labeller failed: ${describeError(error)}`);
  const source = { tool: call.tool.name, toolUseId: call.id, agent: run.scope.agent, origin: "not known" };
  return run.labeller.add([
    { kind: "untrusted", ...source },
    { kind: "private", ...source },
  ]);
}

function readSources(sources: unknown): readonly LabelSource[] {
  if (!isSources(sources)) throw new TypeError("it answered in an unknown form");
  return sources;
}

function isSources(value: unknown): value is readonly LabelSource[] {
  return (
    Array.isArray(value) &&
    value.every((source: unknown) => typeof source === "object" && source !== null && "kind" in source)
  );
}
