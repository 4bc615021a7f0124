import type { SpanRecipe } from "../span-recipe.ts";

/** One turn: in no convention, and below it model call and tool calls stand side by side. */
export const turnSpan: SpanRecipe<"turn"> = {
  kind: "internal",
  begin: ({ turn }, { names }) => ({ name: "turn", attributes: { [names.turn]: turn } }),
  note({ finishReason, toolCalls }, open) {
    const { names } = open.surroundings;
    open.set({ [names.finishReason]: finishReason, [names.toolCalls]: toolCalls });
  },
  end() {},
};

/** Somebody is asked. What is asked about is content, and stands in the audit log. */
export const approvalSpan: SpanRecipe<"approval"> = {
  kind: "internal",
  begin({ question }, { names, metrics }) {
    metrics.addPendingApprovals(1);
    return {
      name: "approval",
      attributes: { [names.toolName]: question.name, [names.approvalRisk]: question.risk },
    };
  },
  note: ({ decision }, open) => open.set({ [open.surroundings.names.approvalDecision]: decision }),
  end: ({ surroundings }) => surroundings.metrics.addPendingApprovals(-1),
};

/** A command in a sandbox. The command itself is content. */
export const sandboxSpan: SpanRecipe<"sandbox"> = {
  kind: "internal",
  begin: ({ mode }, { names }) => ({ name: "sandbox_exec", attributes: { [names.sandboxMode]: mode } }),
  note({ exitCode, timedOut, oomKilled }, open) {
    const { names } = open.surroundings;
    open.set({ [names.exitCode]: exitCode, [names.timedOut]: timedOut, [names.oomKilled]: oomKilled });
  },
  end() {},
};
