import { escapeControls } from "../approval/index.ts";
import type { JsonObject, Message, Result, ToolResult } from "../spec/index.ts";

/** Where a person reads. */
export interface Printer {
  print(message: Message): void;
}

/** Options of `createPrinter`. */
export interface PrinterOptions {
  /** The answer. */
  readonly out: (text: string) => void;
  /** Everything else. */
  readonly err: (text: string) => void;
  /** Messages as lines of JSON on `out`, nothing on `err`. */
  readonly json: boolean;
}

/** Makes a printer for people, or for programs with `json`. */
export function createPrinter({ out, err, json }: PrinterOptions): Printer {
  if (json) return { print: (message) => out(`${JSON.stringify(message)}\n`) };
  let isInText = false;
  const endText = (): void => {
    if (isInText) out("\n");
    isInText = false;
  };
  return {
    print(message) {
      // What sub-agents say goes to the agent that asked them; their texts would run into each other here.
      if (message.type === "text" && message.parentToolUseId !== undefined) return;
      if (message.type === "text") {
        // Deltas have shown the whole text already when it comes.
        if (message.isPartial) out(message.text);
        isInText = message.isPartial;
        if (!message.isPartial) out("\n");
        return;
      }
      const line = describeMessage(message);
      if (line === undefined) return;
      endText();
      err(`${line}\n`);
    },
  };
}

function describeMessage(message: Exclude<Message, { type: "text" }>): string | undefined {
  switch (message.type) {
    case "system":
      return describeSystem(message);
    case "tool_use":
      return `→ ${escapeControls(message.name)} ${shorten(describeArgs(message.args), 200)}`;
    case "tool_result":
      return describeResult(message);
    case "approval_request":
      return `? ${escapeControls(message.reason)}`;
    case "compaction":
      return `# history shortened from ${message.tokensBefore} to ${message.tokensAfter} tokens`;
    case "result":
      return describeEnd(message);
    case "reasoning":
    case "tool_progress":
      return undefined;
    default:
      return message satisfies never;
  }
}

function describeSystem(message: Extract<Message, { type: "system" }>): string | undefined {
  switch (message.subtype) {
    case "session_start": {
      const { provider, model, source, permissionMode, isolation } = message.data;
      return `# ${provider}/${model} (from ${source}), ${permissionMode}, sandbox ${isolation.mode}, session ${message.sessionId}`;
    }
    case "model_retry":
      return `# attempt ${message.data.attempt} failed, next in ${message.data.delayMs} ms: ${escapeControls(message.data.error)}`;
    case "model_fallback":
      return `# ${message.data.from} failed, ${message.data.to} takes over: ${escapeControls(message.data.error)}`;
    case "budget_warning":
      return `# ${Math.round(message.data.share * 100)} % of the budget's ${message.data.limit} used`;
    case "budget_extended":
      return `# the budget got one more window: ${escapeControls(message.data.reason)}`;
    case "price_unknown":
      return `# the price of ${message.data.provider}/${message.data.model} is not known: ${message.data.hint}`;
    case "model_hedged":
      return `# no word for ${message.data.afterMs} ms: ${message.data.provider}/${message.data.model} is asked too`;
    case "policy_simulated":
      return `# a simulated policy would ${message.data.effect}: ${escapeControls(message.data.reason)}`;
    case "guard_tripped":
    case "stall_warning":
    case "hook":
      return `# ${escapeControls(message.data.reason)}`;
    case "injection_suspected":
      return `# this output may try to instruct the model: ${message.data.findings.join(", ")}`;
    case "context_labelled":
      return message.data.sources
        .map(({ kind, tool, origin = "" }) => `# ${kind} content in the context: ${tool} ${escapeControls(origin)}`)
        .join("\n");
    case "approval_remembered": {
      const { scope, rule, file = "" } = message.data;
      return `# allowed ${scope === "session" ? "for this session" : "from now on"}: ${escapeControls(rule)} ${file}`;
    }
    case "settings_ignored":
      return message.data.settings
        .map(({ file, line, key, reason }) => `# ${file}:${line}: ${key} was not taken: ${reason}`)
        .join("\n");
    case "agent_start": {
      const { agent, isResumed } = message.data;
      return `# sub-agent ${escapeControls(agent)} ${isResumed ? "goes on" : "begins"}`;
    }
    case "agent_end": {
      const { agent, stopReason, turns, cost } = message.data;
      return `# sub-agent ${escapeControls(agent)} ended: ${stopReason} after ${turns} turns, ${cost === undefined ? "cost unknown" : `$${cost.toFixed(4)}`}`;
    }
    case "context_trimmed":
      return `# ${message.data.results} old results taken out of the context`;
    case "session_resumed":
    case "model_selected":
    case "steered":
    case "checkpoint":
      return undefined;
    default:
      return message satisfies never;
  }
}

function describeArgs(args: JsonObject): string {
  const values = Object.values(args);
  const [only] = values;
  return values.length === 1 && typeof only === "string" ? only : JSON.stringify(args);
}

function describeResult({ outcome, content, decision }: ToolResult): string {
  if (outcome === "denied") return `  denied by ${decision.layer}: ${shorten(decision.reason, 200)}`;
  const text = typeof content === "string" ? content.trim() : "[content]";
  const [first = "", ...more] = text.split("\n");
  return `  ${outcome === "completed" ? "" : `${outcome}: `}${shorten(first, 160)}${more.length > 0 ? ` (+${more.length} lines)` : ""}`;
}

function describeEnd(result: Result): string {
  const { stopReason, turns, toolCalls, totalTokens, totalCost, error } = result;
  const cost = totalCost === undefined ? "cost unknown" : `$${totalCost.toFixed(4)}`;
  const why = error === undefined ? "" : `\n${escapeControls(error.message)}`;
  return `# ${stopReason}: ${turns} turns, ${toolCalls} tool calls, ${totalTokens} tokens, ${cost}${why}`;
}

function shorten(text: string, limit: number): string {
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return escapeControls(shown);
}
