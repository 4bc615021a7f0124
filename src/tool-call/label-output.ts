import { describeError } from "../errors/index.ts";
import type { LabelSource, PreparedCall, ToolOutcome } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Step 6: labels the context with what the call's output brings in, before the model can read it. A labeller that
 * throws labels the worst. Returns what is new.
 */
export async function labelOutput(
  call: PreparedCall,
  outcome: ToolOutcome,
  run: ToolCallRun,
): Promise<readonly LabelSource[]> {
  // A refusal of the confinement is our own text.
  if (outcome.type === "denied" || outcome.type === "paused") return [];
  try {
    return await run.labeller.label(call, outcome);
  } catch (error) {
    run.log(`The labeller failed: ${describeError(error)}`);
    const source = { tool: call.tool.name, toolUseId: call.id, agent: run.scope.agent, origin: "not known" };
    return run.labeller.add([
      { kind: "untrusted", ...source },
      { kind: "private", ...source },
    ]);
  }
}
