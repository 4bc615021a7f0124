import type { RiskLevel } from "./check.ts";
import type { BudgetSnapshot, BudgetWarning } from "./budget.ts";
import type { ContentPart } from "./content-part.ts";
import type { ErrorCode } from "./error-code.ts";
import type { GuardSignal } from "./guards.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { LabelSource } from "./labels.ts";
import type { Isolation } from "./sandbox.ts";
import type { Decision, ToolOutcomeType } from "./tool-call.ts";
import type { Usage } from "./usage.ts";

/** What a run streams. Every run ends with exactly one `Result`. */
export type Message =
  | SystemEvent
  | TextMessage
  | ReasoningMessage
  | ToolUse
  | ToolProgress
  | ApprovalRequest
  | ToolResult
  | CompactionEvent
  | Result;

/** What every message carries. */
export interface MessageBase {
  readonly sessionId: string;
  /** Counts the messages of the run from 0, without gaps. */
  readonly seq: number;
  /** The agent that speaks: "main", or a sub-agent's name. */
  readonly agent: string;
  /** The `Task` call that a sub-agent works for. */
  readonly parentToolUseId?: string;
}

/** Text of the model: deltas are partial, the whole text of the turn comes once with `isPartial: false`. */
export interface TextMessage extends MessageBase {
  readonly type: "text";
  readonly text: string;
  readonly isPartial: boolean;
}

/** The model's reasoning, as far as the vendor shows it. */
export interface ReasoningMessage extends MessageBase {
  readonly type: "reasoning";
  readonly text: string;
  readonly isPartial: boolean;
}

/** The model asks for a tool. */
export interface ToolUse extends MessageBase {
  readonly type: "tool_use";
  readonly id: string;
  readonly name: string;
  /** As the model sent them; an empty object when they did not parse. */
  readonly args: JsonObject;
}

/** Output of a tool that is still at work, filtered like the result. */
export interface ToolProgress extends MessageBase {
  readonly type: "tool_progress";
  readonly toolUseId: string;
  readonly text: string;
}

/** A check asked: someone must decide. */
export interface ApprovalRequest extends MessageBase {
  readonly type: "approval_request";
  readonly id: string;
  readonly toolUseId: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly reason: string;
  readonly risk: RiskLevel;
  /** SHA-256 of the canonical JSON of `{ name, args }`. */
  readonly argsDigest: string;
  /** Milliseconds since the epoch, or `undefined` for no limit. */
  readonly expiresAt: number | undefined;
}

/** What the model reads of a tool call. */
export interface ToolResult extends MessageBase {
  readonly type: "tool_result";
  readonly toolUseId: string;
  readonly name: string;
  readonly content: string | readonly ContentPart[];
  readonly isError: boolean;
  readonly outcome: ToolOutcomeType;
  /** Who decided: layer, rule, reason. */
  readonly decision: Decision;
  readonly durationMs: number;
  readonly isolation: Isolation;
  readonly display?: JsonValue;
}

/** The history was made shorter. Tokens are estimates. */
export interface CompactionEvent extends MessageBase {
  readonly type: "compaction";
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly summary: string;
}

/** The end of a run, whatever ended it. */
export interface Result extends MessageBase {
  readonly type: "result";
  /** Text of the last turn that had any. */
  readonly text: string;
  /** The validated structured output, where `outputSchema` was given. */
  readonly output?: unknown;
  readonly turns: number;
  readonly toolCalls: number;
  /** Input and output tokens together. */
  readonly totalTokens: number;
  /** USD. `undefined` when a model was used whose price is not known. */
  readonly totalCost: number | undefined;
  readonly usage: Usage;
  /**
   * A provider told no usage of a model call: one that broke off is estimated in `usage` and costs; one that answered is
   * missing in `usage`, and `totalCost` is not known.
   */
  readonly isUsageEstimated?: boolean;
  /** USD by model id; `undefined` for a model whose price is not known. */
  readonly costByModel: Readonly<Record<string, number | undefined>>;
  /** Those of sub-agents, too. */
  readonly denials: readonly Denial[];
  /** What each sub-agent came to, in the order in which they ended; `usage` and costs above hold theirs already. */
  readonly agents?: readonly AgentSummary[];
  readonly durationMs: number;
  readonly stopReason: StopReason;
  readonly error?: ResultError;
}

/** Why a run stopped. A natural finish on the last permitted turn is `end_turn`. */
export type StopReason =
  | "end_turn"
  | "max_tokens"
  | "max_turns"
  | "budget_exhausted"
  | "timeout"
  | "stalled"
  | "refusal"
  | "paused"
  | "aborted"
  | "error";

/** A call that was not executed. */
export interface Denial {
  readonly toolUseId: string;
  readonly name: string;
  readonly decision: Decision;
  /** The sub-agent that asked; left out for the run's own calls. */
  readonly agent?: string;
}

/** What one sub-agent came to. */
export interface AgentSummary {
  /** Its type: "general", "explore" … */
  readonly agent: string;
  /** The `Task` call that it worked for. */
  readonly toolUseId: string;
  /** The session that holds its own history. */
  readonly sessionId: string;
  /** How many agents stand above it: 1 for a sub-agent of the run itself. */
  readonly depth: number;
  readonly stopReason: StopReason;
  readonly turns: number;
  readonly toolCalls: number;
  /** What it used, with its own sub-agents. */
  readonly usage: Usage;
  /** USD; `undefined` when a price is not known. */
  readonly cost: number | undefined;
  readonly durationMs: number;
}

/** What went wrong, as data. `run.text()` and `unwrap(result)` throw the error itself. */
export interface ResultError {
  readonly code: ErrorCode | "aborted" | "unknown";
  readonly message: string;
  readonly retryable: boolean;
}

/** What happens around the conversation. `data` is typed by `subtype`. */
export type SystemEvent = {
  readonly [Subtype in keyof SystemEventData]: MessageBase & {
    readonly type: "system";
    readonly subtype: Subtype;
    readonly data: SystemEventData[Subtype];
  };
}[keyof SystemEventData];

/** The data of each system event. */
export interface SystemEventData {
  readonly session_start: SessionStartData;
  /** Settings of an untrusted project that would have loosened something. */
  readonly settings_ignored: { readonly settings: readonly IgnoredSetting[] };
  readonly session_resumed: { readonly messages: number };
  readonly model_selected: { readonly provider: string; readonly model: string; readonly reason?: string };
  readonly model_retry: { readonly attempt: number; readonly delayMs: number; readonly error: string };
  readonly model_fallback: { readonly from: string; readonly to: string; readonly error: string };
  readonly budget_warning: BudgetWarning;
  /** A model said nothing for a while: another one is asked beside it. */
  readonly model_hedged: { readonly provider: string; readonly model: string; readonly afterMs: number };
  /** What a model costs is not known: its calls have no cost, and a cost budget refuses them. */
  readonly price_unknown: { readonly provider: string; readonly model: string; readonly hint: string };
  /** A limit was reached and a person allowed one more window. */
  readonly budget_extended: { readonly reason: string; readonly snapshot: BudgetSnapshot };
  readonly stall_warning: {
    readonly kind: "repeat" | "oscillation" | "no_progress";
    readonly reason: string;
    readonly repeats: number;
    /** USD of the turns that brought nothing; left out when a price is not known. */
    readonly wastedUsd?: number;
  };
  /** A guard found something odd in how the agent behaves. */
  readonly guard_tripped: GuardSignal;
  readonly injection_suspected: { readonly toolUseId: string; readonly findings: readonly string[] };
  /** Something came into the context that what follows must be judged by. */
  readonly context_labelled: { readonly toolUseId: string; readonly sources: readonly LabelSource[] };
  /** A person allowed more than one call; `file` is where the rule was written. */
  readonly approval_remembered: {
    readonly toolUseId: string;
    readonly scope: "session" | "always";
    readonly rule: string;
    readonly file?: string;
  };
  readonly hook: { readonly event: string; readonly reason: string };
  readonly policy_simulated: {
    readonly toolUseId: string;
    readonly effect: "allow" | "ask" | "deny";
    readonly rule?: string;
    readonly reason: string;
  };
  readonly steered: { readonly text: string; readonly turn: number };
  /** The content of a file was kept before a call changes it. */
  readonly checkpoint: { readonly path: string; readonly id: string; readonly toolUseId?: string };
  /** A sub-agent begins; the messages that it speaks carry its name and the `Task` call. */
  readonly agent_start: {
    readonly agent: string;
    readonly toolUseId: string;
    readonly sessionId: string;
    readonly depth: number;
    /** It had begun before, and goes on where it was. */
    readonly isResumed: boolean;
  };
  readonly agent_end: AgentSummary;
  /** Results of old calls were taken out of the context, and stand in the session still. */
  readonly context_trimmed: { readonly results: number; readonly tokensBefore: number; readonly tokensAfter: number };
}

/** A setting that was not taken, and why. */
export interface IgnoredSetting {
  readonly file: string;
  readonly line: number;
  readonly key: string;
  readonly reason: string;
}

/** How a run was set up, and where each choice came from. */
export interface SessionStartData {
  readonly provider: string;
  readonly model: string;
  /** What chose provider and model: "options", "env", "config", "key", "ollama". */
  readonly source: string;
  readonly cwd: string;
  readonly permissionMode: string;
  readonly isolation: Isolation;
  readonly tools: readonly string[];
  /** Files that were read: configuration, policies, instructions. */
  readonly files: readonly string[];
  readonly auditPath?: string;
}
