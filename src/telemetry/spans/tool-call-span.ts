import type { ToolOutcomeType } from "../../spec/index.ts";
import { toolArguments, toolResult } from "../content.ts";
import type { ToolStatus } from "../metrics.ts";
import type { SpanRecipe } from "../span-recipe.ts";

const STATUS: Readonly<Record<ToolOutcomeType, ToolStatus>> = {
  completed: "ok",
  failed: "error",
  denied: "denied",
  paused: "paused",
  cancelled: "cancelled",
};

/** What a model made up must not become a name that stays. */
const UNKNOWN = "unknown";

/** A model can write anything in the place of a name. */
function madeUpName(name: string, redact: ((text: string) => string) | undefined): string {
  try {
    return redact?.(name).slice(0, 100) ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

/** `execute_tool`: one call through the whole pipeline, who decided about it included. */
export const toolCallSpan: SpanRecipe<"tool-call"> = {
  kind: "internal",
  begin({ call, tool }, { names, metrics, scope, settings }) {
    const name = tool?.name ?? UNKNOWN;
    metrics.addTool(name);
    const attributes = {
      [names.operation]: "execute_tool",
      [names.toolName]: tool === undefined ? madeUpName(call.name, scope?.redact) : call.name.slice(0, 100),
      [names.toolCallId]: call.id.slice(0, 200),
      [names.toolType]: "function",
      [names.toolDescription]: tool?.description.slice(0, 500),
      [names.effect]: tool?.effect,
      ...toolArguments(call, { names, settings, redact: scope?.redact }),
    };
    return { name: `execute_tool ${metrics.boundTool(name)}`, attributes };
  },
  note({ result }, open) {
    const { names, scope, settings } = open.surroundings;
    const { outcome, decision } = result;
    open.set({
      [names.outcome]: outcome,
      [names.decisionEffect]: decision.effect,
      [names.decisionLayer]: decision.layer,
      [names.decisionRule]: decision.rule,
      ...toolResult(result, { names, settings, redact: scope?.redact }),
    });
    // A denial is what the gate is for; only a tool that broke is an error.
    if (outcome === "failed") open.fail("tool_failed");
  },
  end(open) {
    const { start, facts, errorType } = open;
    const { metrics } = open.surroundings;
    const tool = start.tool?.name ?? UNKNOWN;
    // A call whose reader left, or that could not be recorded, has no result.
    const outcome = facts?.result.outcome ?? "cancelled";
    metrics.addToolCall(tool, STATUS[outcome]);
    if (facts !== undefined) metrics.addDecision(facts.result.decision);
    metrics.conventions.tool({ tool: metrics.boundTool(tool), durationMs: open.elapsed(), errorType });
  },
};
