import type { ApprovalQuestion, ApprovalScope } from "./approver.ts";
import type { ContentPart } from "./content-part.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { LabelSource } from "./labels.ts";
import type { AssistantMessage, ModelMessage, ToolResultPart } from "./model-message.ts";
import type { FinishReason } from "./model.ts";
import type { StopReason } from "./message.ts";
import type { PromptVersion } from "./prompt.ts";
import type { Isolation } from "./sandbox.ts";
import type { Decision, ToolOutcomeType } from "./tool-call.ts";
import type { ToolDurability } from "./tool.ts";
import type { Usage } from "./usage.ts";

/**
 * What happened in a session, as its journal keeps it. Everything that must outlive the process is one of these:
 * history, spending, effects, approvals, todos and labels are folds over them. Other events may stand in a store, too
 * (of a newer version, or of a host): a fold leaves them out.
 */
export type SessionEvent = {
  readonly [Type in SessionEventType]: SessionEventBody<Type> & {
    /** The version of the shape of `data`; older ones are migrated where they are read. */
    readonly v: number;
    /** Milliseconds since the epoch. */
    readonly at: number;
  };
}[SessionEventType];

/** The types of events. */
export type SessionEventType = keyof SessionEventData;

/** An event before it is stamped with version and time. */
export type SessionEventBody<Type extends SessionEventType = SessionEventType> = {
  readonly [Name in Type]: { readonly type: Name; readonly data: SessionEventData[Name] };
}[Type];

/** The data of each event. JSON only: what is unknown is `null`, what does not apply is left out. */
export interface SessionEventData {
  readonly "run-created": RunCreatedData;
  readonly "run-ended": RunEndedData;
  /** The process died again and again while it worked on a run, and the run got no further: nobody goes on with it unasked. */
  readonly "run-given-up": { readonly runId: string; readonly beginnings: number };
  /** What the person, the host or the harness said to the model. Answers and tool results have events of their own. */
  readonly "message-added": { readonly message: ModelMessage };
  /** A model call begins: from here on it may be billed. */
  readonly "model-intent": ModelIntentData;
  /** A whole answer; nothing that it asks for has begun. */
  readonly "model-result": ModelResultData;
  /** A model call ended without an answer. */
  readonly "model-failed": ModelFailedData;
  /** A model call beside the conversation ended, such as one that writes a summary: what it used. */
  readonly "model-charged": ModelChargedData;
  /** An effect may begin now. */
  readonly "tool-intent": ToolIntentData;
  /** How a call ended: there is one for each call. */
  readonly "tool-result": ToolResultData;
  /** After a crash nobody knows whether the effect of a call happened. */
  readonly "tool-outcome-unknown": { readonly callId: string; readonly name: string };
  /** Somebody, or the tool itself, said what became of such a call. */
  readonly "tool-outcome-settled": ToolOutcomeSettledData;
  readonly "approval-requested": { readonly callId: string; readonly question: ApprovalQuestion };
  /** One voice of several that are needed. */
  readonly "approval-voted": ApprovalDecidedData;
  readonly "approval-decided": ApprovalDecidedData;
  /** Nobody answered in time: the call is denied. */
  readonly "approval-expired": { readonly id: string; readonly callId: string };
  /** An approval that was given and not used yet was taken back. */
  readonly "approval-revoked": { readonly id: string; readonly callId: string; readonly by: string };
  /** The person said something while the run was at work. */
  readonly "steering-received": SteeringData;
  readonly "steering-delivered": { readonly ids: readonly string[]; readonly turn: number };
  readonly "todos-set": { readonly todos: readonly JsonValue[] };
  /** Messages `from` up to, not including, `to` of the history are replaced. The events before stay: it can be undone. */
  readonly "history-compacted": HistoryCompactedData;
  /** The last compaction that is not undone yet is undone. */
  readonly "compaction-undone": CompactionUndoneData;
  /** Something came into the context that later decisions must know: untrusted content, private data. */
  readonly "context-labelled": { readonly sources: readonly LabelSource[] };
  readonly "subagent-started": SubagentStartedData;
  /** What a sub-agent used that was at work when the process ended. */
  readonly "subagent-charged": SubagentChargedData;
  readonly "subagent-ended": SubagentEndedData;
  /** The old content of a file was kept before a call changed it. */
  readonly "checkpoint-made": { readonly id: string; readonly callId: string; readonly path: string };
  /** Checkpoints were restored. */
  readonly "checkpoint-restored": { readonly ids: readonly string[] };
  /** Somebody wants the run to end: nothing new begins. */
  readonly "cancel-requested": { readonly reason: string; readonly by: string };
  readonly "session-renamed": { readonly title: string };
  /** The events before this one come from elsewhere, where the session was not at its end: who approved what there counts for nothing here. */
  readonly "session-imported": { readonly from: string };
  /** The events before this one are those of another session. */
  readonly "session-forked": { readonly from: string; readonly events: number };
}

/** How a run began. */
export interface RunCreatedData {
  /** The same where a run that was interrupted goes on. */
  readonly runId: string;
  readonly agent: string;
  readonly model: { readonly provider: string; readonly id: string };
  readonly cwd: string;
  readonly permissionMode: string;
  /** Digests of what the agent is made of, by name: a run that is not finished goes on with the same only. */
  readonly definition: Readonly<Record<string, string>>;
  /** Who asked for the run, where the host told. */
  readonly principal?: string;
  /** The session of the agent that this one works for. */
  readonly parent?: string;
}

/**
 * How a run ended, or the part of it since it was begun or resumed. Stop reason "paused" is no end: the run goes on when
 * its question is answered.
 */
export interface RunEndedData {
  readonly runId: string;
  readonly stopReason: StopReason;
  readonly text: string;
  readonly turns: number;
  readonly toolCalls: number;
  readonly totalTokens: number;
  /** USD. */
  readonly totalCost: number | null;
  readonly error?: { readonly code: string; readonly message: string };
  /** Ids of the questions that a paused run waits for. */
  readonly waitsFor?: readonly string[];
  /** A paused run that was put aside when its harness was closed: it can go on as soon as nobody must be waited for. */
  readonly isParked?: true;
}

/** A model call that begins. */
export interface ModelIntentData {
  /** Counts the model's answers of the session from 1. */
  readonly turn: number;
  readonly model: { readonly provider: string; readonly id: string };
  /** The template of the system prompt. */
  readonly prompt?: PromptVersion;
  /** What a call beside the conversation is for: "compaction". It has no place in the history. */
  readonly purpose?: string;
  /** The most that the call may use: what it counts as when its end is never known. */
  readonly reserved: ChargedData;
}

/** An answer of a model. */
export interface ModelResultData {
  readonly turn: number;
  readonly message: AssistantMessage;
  readonly reason: FinishReason;
  readonly usage: Usage | null;
  /** USD. */
  readonly cost: number | null;
  /** What the call used with all its tries, as far as it is known: more than `usage` where some broke off. */
  readonly charged: ChargedData;
}

/** Tokens and USD; a cost that is not known is `null`. */
export interface ChargedData {
  readonly tokens: number;
  readonly cost: number | null;
}

/** What the person said while nobody listened. */
export interface SteeringData {
  readonly id: string;
  readonly content: readonly ContentPart[];
}

/** A model call without an answer, and what it counts as. */
export interface ModelFailedData {
  readonly turn: number;
  readonly error: string;
  readonly charged: ChargedData;
}

/** What a model call used whose answer is not kept by itself. */
export interface ModelChargedData {
  readonly purpose: string;
  /** With every try that broke off on the way. */
  readonly charged: ChargedData;
}

/** A call that is about to have its effect. */
export interface ToolIntentData {
  /** `turn.index` within the session. Harness gives it; the provider's id is only another name. */
  readonly callId: string;
  readonly toolUseId: string;
  readonly name: string;
  /** Digest of the arguments that were judged (RFC 8785, SHA-256). */
  readonly argsDigest: string;
  readonly idempotencyKey: string;
  readonly durability: ToolDurability;
  /** Why it is allowed. */
  readonly decision: Decision;
}

/** How a call ended, and what the model reads of it. */
export interface ToolResultData {
  readonly callId: string;
  readonly result: ToolResultPart;
  readonly outcome: ToolOutcomeType;
  readonly decision: Decision;
  readonly durationMs: number;
  readonly isolation: Isolation;
}

/** What became of an effect whose outcome was not known. */
export interface ToolOutcomeSettledData {
  readonly callId: string;
  readonly resolution: "done" | "retry" | "abort";
  /** A person, or "tool" where the tool itself could tell. */
  readonly by: string;
}

/** An answer to a question. */
export interface ApprovalDecidedData {
  readonly id: string;
  readonly callId: string;
  readonly decision: "approve" | "deny";
  /** Digest of the arguments that were seen: another call is not approved by it. */
  readonly argsDigest: string;
  readonly approver?: string;
  readonly feedback?: string;
  /** Arguments to use instead of those that were asked about. */
  readonly editedArgs?: JsonObject;
  readonly scope?: ApprovalScope;
  /** The answer to a question about an unknown outcome. */
  readonly resolution?: "done" | "retry" | "abort";
}

/** A history that was made shorter. */
export interface HistoryCompactedData {
  readonly from: number;
  readonly to: number;
  readonly replacement: readonly ModelMessage[];
  readonly summary: string;
  /** Estimates. */
  readonly tokensBefore: number;
  readonly tokensAfter: number;
}

/** What an undone compaction brings back. */
export interface CompactionUndoneData {
  readonly reason: string;
  /** Of an older compaction, which the state does not hold any more; left out for the last one. */
  readonly restored?: {
    readonly from: number;
    readonly inserted: number;
    readonly removed: readonly ModelMessage[];
  };
}

/** A sub-agent that works for a call. */
export interface SubagentStartedData {
  readonly callId: string;
  /** The child's session, derived from the call: a resumed parent finds it again and never starts a second one. */
  readonly childId: string;
  readonly agent: string;
  readonly prompt: string;
}

/** What a sub-agent used besides what is known already. */
export interface SubagentChargedData {
  readonly callId: string;
  readonly childId: string;
  readonly charged: ChargedData;
}

/** A sub-agent that ended, or pauses with its parent, and what it used since it was begun or resumed. */
export interface SubagentEndedData {
  readonly callId: string;
  readonly childId: string;
  readonly stopReason: StopReason;
  readonly tokens: number;
  /** USD. */
  readonly cost: number | null;
}
