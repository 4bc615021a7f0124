import type { ApprovalQuestion } from "./approver.ts";
import type { JsonValue } from "./json.ts";
import type { LabelSource } from "./labels.ts";
import type { ModelMessage, ToolCallPart } from "./model-message.ts";
import type { FinishReason } from "./model.ts";
import type {
  ApprovalDecidedData,
  ChargedData,
  ModelIntentData,
  RunCreatedData,
  RunEndedData,
  SteeringData,
  ToolIntentData,
  ToolResultData,
} from "./session-event.ts";

/**
 * Where a session stands: the fold over its events, and nothing else. JSON only, so that a snapshot of it is the same
 * again; what is not there is `null`. It is the live state of a run, too: reading the events again gives the same.
 */
export interface SessionState {
  /** The history as the next request will carry it. */
  readonly messages: readonly ModelMessage[];
  /** Answers of the model so far. */
  readonly turn: number;
  /** Why the model stopped its last answer. */
  readonly lastReason: FinishReason | null;
  /** An answer whose calls do not all have a result. */
  readonly openTurn: OpenTurn | null;
  /** A model call of which no end is known. */
  readonly openModelCall: ModelIntentData | null;
  /** The last run. */
  readonly run: { readonly created: RunCreatedData; readonly ended: RunEndedData | null } | null;
  /** How often the last run was begun or gone on with since something last came of it: more than once after crashes. */
  readonly beginnings: number;
  /** What all runs used; the cost in USD is `null` as soon as one price is not known. */
  readonly spent: ChargedData;
  /** The part of it that was used before the last run began, and before it was last resumed. */
  readonly spentBefore: { readonly run: ChargedData; readonly segment: ChargedData };
  readonly todos: readonly JsonValue[];
  /** The skill that the agent works by. */
  readonly skill: string | null;
  /** What came into the context. */
  readonly labels: readonly LabelSource[];
  /** What the person said and the model has not read yet. */
  readonly steering: readonly SteeringData[];
  readonly cancel: { readonly reason: string; readonly by: string } | null;
  /** The last compaction, as long as it can be undone. */
  readonly compaction: CompactionRecord | null;
  /** Sub-agents that were started, by the call they work for. */
  readonly subagents: Readonly<Record<string, SubagentRecord>>;
  readonly title: string | null;
}

/** A turn whose tool calls are at work. */
export interface OpenTurn {
  readonly turn: number;
  readonly reason: FinishReason;
  /** In the order in which the model asked. */
  readonly calls: readonly CallRecord[];
}

/** What the journal knows of one tool call. */
export interface CallRecord {
  readonly callId: string;
  readonly part: ToolCallPart;
  /** The last beginning of its effect. */
  readonly intent: ToolIntentData | null;
  /** Nobody knows whether the effect happened. */
  readonly isUnknown: boolean;
  /** What became of it, as far as somebody said. */
  readonly resolution: "done" | "retry" | "abort" | null;
  readonly approval: ApprovalRecord | null;
  readonly result: ToolResultData | null;
}

/** A question about a call, and what was answered. */
export interface ApprovalRecord {
  readonly question: ApprovalQuestion;
  readonly votes: readonly ApprovalDecidedData[];
  readonly decision: ApprovalDecidedData | null;
  readonly isExpired: boolean;
  /** Who took the approval back. */
  readonly revokedBy: string | null;
}

/** A compaction that can be undone. */
export interface CompactionRecord {
  readonly from: number;
  /** How many messages stand in place of the removed ones. */
  readonly inserted: number;
  readonly removed: readonly ModelMessage[];
}

/** A sub-agent of a session. */
export interface SubagentRecord {
  readonly childId: string;
  readonly agent: string;
  readonly isEnded: boolean;
  /** What of its use is in the session's `spent`. */
  readonly charged: ChargedData;
}
