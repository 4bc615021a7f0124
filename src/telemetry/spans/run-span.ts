import type { StopReason } from "../../spec/index.ts";
import { providerName } from "../semantic-names.ts";
import type { SpanRecipe } from "../span-recipe.ts";

/** Ends that are none of the run's own making, or that somebody wanted. */
const GOOD_ENDS: readonly StopReason[] = ["end_turn", "paused", "aborted"];

/** `invoke_agent`: one agent at work. What it used stands under own names, since backends add up model calls. */
export const runSpan: SpanRecipe<"run"> = {
  kind: "internal",
  begin({ sessionId, agent, provider, model, tools }, { names, metrics, scope }) {
    metrics.sessions.begin(scope?.rootId ?? sessionId);
    for (const tool of tools) metrics.addTool(tool);
    const attributes = {
      [names.operation]: "invoke_agent",
      [names.agent]: agent,
      [names.conversation]: sessionId,
      [names.session]: sessionId,
      [names.agentProvider]: providerName(provider),
      [names.requestModel]: model,
    };
    return { name: `invoke_agent ${agent}`, attributes };
  },
  note({ stopReason, turns, toolCalls, usage, cost }, open) {
    const { names } = open.surroundings;
    open.set({
      [names.stopReason]: stopReason,
      [names.turns]: turns,
      [names.toolCalls]: toolCalls,
      [names.totalTokens]: usage.input + usage.output,
      [names.totalCost]: cost,
    });
  },
  end(open) {
    const { start, facts, surroundings, errorType } = open;
    const { scope, metrics } = surroundings;
    metrics.sessions.end(scope?.rootId ?? start.sessionId);
    const { stopReason, toolCalls = 0, cost } = facts ?? {};
    const isBad = stopReason !== undefined && !GOOD_ENDS.includes(stopReason);
    if (isBad) open.fail(errorType ?? stopReason);
    metrics.conventions.agent({
      agent: start.agent,
      durationMs: open.elapsed(),
      modelCalls: scope?.modelCalls ?? 0,
      toolCalls,
      errorType: isBad ? (errorType ?? stopReason) : undefined,
    });
    if (scope?.isSubAgent === false) metrics.addRun(stopReason ?? "abandoned", cost);
  },
};
