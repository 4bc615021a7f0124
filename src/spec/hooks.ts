import type { JsonObject, JsonValue } from "./json.ts";
import type { ContextLabels } from "./labels.ts";
import type { ToolCallResult } from "./tool-call.ts";
import type { ModelRequest } from "./model.ts";
import type { Usage } from "./usage.ts";
import type { AgentSummary, Result } from "./message.ts";

/** The lifecycle of a run, as hooks see it: each event's name and what it carries. */
export interface HookEvents {
  /** A run begins. */
  readonly sessionStart: HookScope & { readonly provider: string; readonly model: string };
  /** The prompt is about to enter the history; may be denied. */
  readonly beforePrompt: HookScope & { readonly prompt: string };
  /** A model is about to be called; may be denied. */
  readonly beforeModelCall: HookScope & { readonly turn: number; readonly request: ModelRequest };
  /** A model call ended, well or not; `usage` is that of the whole run so far. */
  readonly afterModelCall: HookScope & { readonly turn: number; readonly usage: Usage };
  /** A tool call is about to be judged; may be denied, asked about or modified. */
  readonly beforeToolCall: HookScope & { readonly toolUseId: string; readonly name: string; readonly args: JsonObject };
  /** A tool call ended; hooks observe. */
  readonly afterToolCall: HookScope & { readonly result: ToolCallResult };
  readonly beforeCompaction: HookScope & { readonly tokens: number };
  readonly afterCompaction: HookScope & { readonly tokensBefore: number; readonly tokensAfter: number };
  /** A sub-agent is about to begin; may be denied. */
  readonly subagentStart: HookScope & {
    readonly toolUseId: string;
    readonly agentType: string;
    readonly prompt: string;
    readonly depth: number;
  };
  /** A sub-agent ended, well or not. */
  readonly subagentStop: HookScope & { readonly summary: AgentSummary };
  /** A run ended. */
  readonly sessionEnd: HookScope & { readonly result: Result };
}

/** The name of a lifecycle event. */
export type HookEventName = keyof HookEvents;

/** What every event carries. */
export interface HookScope {
  readonly sessionId: string;
  readonly agent: string;
  readonly cwd: string;
  /** What came into the agent's context so far. */
  readonly labels: ContextLabels;
}

/** What a before-hook says. Nothing (`undefined`) means proceed. After-hooks only observe. */
export type HookVerdict =
  | { readonly type: "proceed" }
  | { readonly type: "deny"; readonly reason: string }
  | { readonly type: "ask"; readonly reason: string }
  /** New arguments: parsed and judged like the model's own. */
  | { readonly type: "modify"; readonly args: { readonly [key: string]: JsonValue } }
  /** A message for the model, added to the result. */
  | { readonly type: "guide"; readonly text: string };

/** The port through which the pipeline runs hooks. */
export interface Hooks {
  /** Whether anybody listens: events that nobody hears are not built. */
  has(event: HookEventName): boolean;
  /** Runs the handlers of an event in order and joins their verdicts: the strictest counts, modifications add up. */
  run<Name extends HookEventName>(
    event: Name,
    payload: HookEvents[Name],
    options: { readonly signal: AbortSignal },
  ): Promise<HookOutcome>;
}

/** What all hooks of an event said together. */
export interface HookOutcome {
  readonly verdict: "proceed" | "ask" | "deny";
  readonly reason?: string;
  /** The arguments after all modifications; left out when nobody modified. */
  readonly args?: JsonObject;
  readonly guidance: readonly string[];
  /** Handlers that failed and whose failure was ignored. */
  readonly failures: readonly string[];
}
