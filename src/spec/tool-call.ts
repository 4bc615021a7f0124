import type { ContentPart } from "./content-part.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Isolation } from "./sandbox.ts";
import type { Tool } from "./tool.ts";

/** A tool call as it enters the pipeline. */
export interface ToolCall {
  /** As the model gave it: may stand twice in a session. */
  readonly id: string;
  /** `turn.index` in the session: ours, unique there and the same after every resume. Left out where nothing is journaled. */
  readonly callId?: string;
  readonly name: string;
  /** `undefined` when the model's text was not a JSON object. */
  readonly args: JsonValue | undefined;
  readonly invalidArgs?: string;
}

/** A call whose tool is known and whose arguments were parsed; frozen, so that what was judged is what runs. */
export interface PreparedCall {
  readonly id: string;
  readonly callId?: string;
  readonly tool: Tool;
  /** The arguments as JSON, after hooks: what checks judge, people approve and the audit log records. */
  readonly args: JsonObject;
  /** What the schema made of `args`: what the tool gets. */
  readonly input: unknown;
}

/** How a call ended. Not what the model reads: that is the result made of it. */
export type ToolOutcome =
  | { readonly type: "completed"; readonly content: string | readonly ContentPart[]; readonly display?: JsonValue }
  | { readonly type: "failed"; readonly reason: string; readonly display?: JsonValue; readonly content?: string }
  | { readonly type: "denied"; readonly decision: Decision }
  | { readonly type: "paused"; readonly reason: string }
  | { readonly type: "cancelled"; readonly reason: string; readonly content?: string };

/** The five ways in which a call ends. */
export type ToolOutcomeType = ToolOutcome["type"];

/** Who decided what about a call, and why. */
export interface Decision {
  readonly effect: "allow" | "ask" | "deny";
  /** The question of the gate that answered: "policy", "permission", "risk", "approval", "hook", "budget", "input" … */
  readonly layer: string;
  /** The rule that matched, as people know it. */
  readonly rule?: string;
  readonly reason: string;
}

/** The answer to a tool call: made in one place only, after the filters, and recorded. */
export interface ToolCallResult {
  readonly call: ToolCall;
  /** The name of the tool, whether it exists or not. */
  readonly name: string;
  readonly content: string | readonly ContentPart[];
  readonly isError: boolean;
  readonly outcome: ToolOutcomeType;
  readonly decision: Decision;
  readonly durationMs: number;
  readonly isolation: Isolation;
  readonly display?: JsonValue;
}
