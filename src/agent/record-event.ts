import { hash } from "node:crypto";

import type { AuditEventData, ContentPart, ToolCall } from "../spec/index.ts";
import type { ToolCallEvent } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";

/** Puts on record what a tool call reports, as far as its own entry does not tell it. */
export function recordEvent(
  event: ToolCallEvent,
  { id: toolUseId, name: tool }: Pick<ToolCall, "id" | "name">,
  { audit, scope }: AgentRun,
): void {
  const base = { ...scope, toolUseId };
  switch (event.type) {
    case "policy-simulated": {
      const { effect, rule, reason } = event;
      const data = rule === undefined ? { effect } : { effect, rule };
      return audit.append({ type: "policy_simulated", ...base, tool, data, content: { reason } });
    }
    case "injection-suspected":
      return audit.append({ type: "injection_suspected", ...base, data: { findings: event.findings } });
    case "hook": {
      const { event: name, reason } = event;
      return audit.append({
        type: "hook_verdict",
        ...base,
        data: { event: name, verdict: "spoke" },
        content: { reason },
      });
    }
    case "context-labelled":
      for (const { kind, tool, origin } of event.sources) {
        const content = origin === undefined ? {} : { content: { origin } };
        audit.append({ type: "context_labelled", ...base, data: { label: kind, source: tool }, ...content });
      }
      return undefined;
    // Questions, answers and budgets are put on record where they are asked, given and moved.
    case "approval-request":
    case "approval-remembered":
    case "budget-extended":
    case "progress":
      return undefined;
    default:
      return event satisfies never;
  }
}

/** Puts on record what the model will read as a person's words. */
export function recordPrompt(
  prompt: readonly ContentPart[],
  { audit, scope }: AgentRun,
  data: Pick<AuditEventData["prompt"], "source" | "turn">,
): void {
  const text = prompt.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n");
  audit.append({
    type: "prompt",
    ...scope,
    data: { ...data, characters: text.length, parts: prompt.length },
    content: { digest: hash("sha256", text), text },
  });
}
