import type { BudgetSnapshot } from "./budget.ts";
import type { RiskLevel } from "./check.ts";
import type { JsonObject } from "./json.ts";
import type { FilterFinding } from "./result-filter.ts";
import type { Isolation } from "./sandbox.ts";
import type { ToolOutcomeType } from "./tool-call.ts";
import type { Usage } from "./usage.ts";

/**
 * Every kind of event that modules of Harness put on record, with the facts of each (`data`). The list is closed: a new
 * event is one member here. Facts stay in the log for ever, so they are words of ours, names, numbers and digests;
 * whatever a person or a model wrote (prompts, arguments, reasons, paths) goes into an event's `content`, which can be
 * erased. A digest of such a text is content, too: whoever guesses a short text recognises its digest. Digests are
 * SHA-256 in hex.
 */
export interface AuditEventData {
  /** A run begins. Content: `cwd`, `files`. */
  readonly session_start: {
    readonly provider: string;
    readonly model: string;
    readonly source?: string;
    readonly permissionMode: string;
    readonly isolation?: AuditIsolation;
    readonly tools?: readonly string[];
    readonly configDigest?: string;
    readonly policyDigest?: string;
    readonly promptName?: string;
    /** Of the system prompt: what a prompt template has as version, or its digest. */
    readonly promptVersion?: string;
    readonly isSimulated?: boolean;
    /** Who pays, for `harness audit cost`. */
    readonly team?: string;
    readonly tenant?: string;
  };
  readonly session_resumed: { readonly events: number; readonly reason?: string };
  /** A run has ended. Its cost is the sum of its model calls' `cost`: counted there, told here. */
  readonly session_end: {
    readonly stopReason: string;
    readonly turns: number;
    readonly toolCalls: number;
    readonly totalTokens: number;
    readonly totalCost: number | null;
    readonly errorCode?: string;
  };
  /** Something that the model reads as a person's words. Content: `digest`, and `text` where the log keeps prompts. */
  readonly prompt: {
    readonly source: "user" | "steering" | "subagent" | "hook";
    readonly characters: number;
    readonly parts?: number;
    readonly turn?: number;
  };
  /** One call of a model, written when it has ended; `cost` stands at the top of the record. Content: `error`. */
  readonly model_call: {
    readonly turn: number;
    readonly provider: string;
    readonly model: string;
    readonly outcome: "completed" | "failed";
    readonly finishReason?: string;
    readonly usage: Usage | null;
    readonly isEstimated?: boolean;
    /** USD that were held for it. */
    readonly reserved?: number;
    readonly messages?: number;
    readonly durationMs?: number;
    /** What tells whether the vendor serves the same model: its response's fingerprint or version. */
    readonly fingerprint?: string;
    readonly responseId?: string;
    readonly promptDigest?: string;
    readonly promptVersion?: string;
    readonly errorCode?: string;
    /** "agent" where left out; "judge", "compaction" … for calls beside the conversation. */
    readonly purpose?: string;
  };
  readonly model_selected: {
    readonly provider: string;
    readonly model: string;
    readonly strategy?: string;
    readonly reason?: string;
  };
  /** A try failed and another one follows, of the same model or of the next. Content: `error`. */
  readonly model_retry: { readonly attempt: number; readonly delayMs: number; readonly errorCode?: string };
  readonly model_fallback: { readonly from: string; readonly to: string; readonly errorCode?: string };

  /** A tool call has begun: before anybody judged it. Content: `args`, `argsDigest`. */
  readonly tool_intent: {
    readonly pii?: Readonly<Record<string, number>>;
    readonly parentToolUseId?: string;
  };
  /** It was allowed and is about to happen; on the disk before it does. Content: `reason`, `argsDigest`, and `args` where hooks changed them. */
  readonly tool_effect: {
    readonly effect: string;
    readonly decision: AuditDecision;
    readonly answers?: readonly AuditAnswer[];
    readonly pii?: Readonly<Record<string, number>>;
  };
  /** It has ended. What the model reads of it is on record by its digest. Content: `contentDigest`, `reason`. */
  readonly tool_outcome: {
    readonly outcome: ToolOutcomeType | "abandoned";
    readonly isError: boolean;
    readonly decision?: AuditDecision;
    readonly answers?: readonly AuditAnswer[];
    readonly contentBytes?: number;
    readonly contentPii?: readonly string[];
    readonly findings?: readonly FilterFinding[];
    readonly durationMs?: number;
    readonly isolation?: AuditIsolation;
  };
  /** What a simulated policy would have decided. Content: `reason`. */
  readonly policy_simulated: { readonly effect: "allow" | "ask" | "deny"; readonly rule?: string };
  /** A person is asked. Content: `reason`, `argsDigest`. */
  readonly approval_requested: {
    readonly approvalId: string;
    readonly policyDigest?: string;
    readonly risk?: RiskLevel;
    readonly expiresAt?: string;
  };
  /** What was answered. Who answered is a fact: approvals are answered for. Content: `argsDigest`, `feedback`, `args` where edited. */
  readonly approval_answered: {
    readonly approvalId: string;
    readonly decision: "approve" | "deny" | "pause" | "expired" | "revoked";
    readonly approver?: string;
    readonly scope?: string;
  };
  /** A hook did something else than to let pass. Content: `reason`. */
  readonly hook_verdict: { readonly event: string; readonly verdict: string; readonly hook?: string };
  /** Untrusted or private content has come into the context. */
  readonly context_labelled: { readonly label: string; readonly source: string };
  readonly injection_suspected: { readonly findings: readonly string[] };

  readonly budget_warning: { readonly limit: string; readonly share: number; readonly snapshot?: BudgetSnapshot };
  /** Money or tokens were refused, moved to a child, or a cheaper model was taken. */
  readonly budget_moved: {
    readonly move: "refused" | "granted" | "returned" | "degraded" | "charged" | "released";
    readonly cost?: number;
    readonly tokens?: number;
    readonly scope?: string;
    readonly limit?: string;
  };
  /** A guard stopped or slowed the run: stall, anomaly, breaker, rate. Content: `reason`. */
  readonly guard_tripped: { readonly guard: string; readonly action: string; readonly value?: number };

  readonly subagent_start: {
    readonly childAgent: string;
    readonly agentType: string;
    readonly childSessionId?: string;
  };
  readonly subagent_end: { readonly childAgent: string; readonly stopReason: string; readonly turns?: number };
  readonly compaction: {
    readonly tokensBefore: number;
    readonly tokensAfter: number;
    readonly summaryDigest?: string;
    readonly messages?: number;
  };
  /**
   * A file was kept or put back. Content: `path`. "restoring" stands before the first file is put back: its content is
   * the `selection`.
   */
  readonly checkpoint: {
    readonly action: "saved" | "restoring" | "restored";
    readonly checkpointId?: string;
    readonly digest?: string;
  };
  /** Something the agent will remember was written or read. Content: `key`. */
  readonly memory: { readonly action: "written" | "read" | "deleted"; readonly digest?: string };
  readonly skill_loaded: { readonly skill: string; readonly digest?: string };
  readonly settings_ignored: { readonly keys: readonly string[] };
  /** A call whose effect nobody knows was found after a crash, or was settled. */
  readonly effect_unknown: {
    /**
     * "found": nobody knew. "settled": it had happened. "repeated": it had not, or may happen more than once. "skipped":
     * nobody finds out any more.
     */
    readonly action: "found" | "repeated" | "skipped" | "settled";
    /** Who knew: "tool", or the person who answered. */
    readonly by?: string;
  };
  /** Something went wrong that the run survives, or that ends it. Content: `message`. */
  readonly error: { readonly code: string; readonly where?: string };

  /** Its writer died. A crash may leave a torn last line: so many bytes of it were cut off. */
  readonly log_recovered: { readonly droppedBytes: number };
  readonly heartbeat: { readonly intervalMs: number };
  readonly anchor_failed: { readonly anchor: string; readonly size: number };
  /** Content was erased: which records of which log, and on whose demand. */
  readonly content_erased: {
    readonly file: string;
    readonly sequences: readonly number[];
    readonly reason: string;
    readonly requestedBy?: string;
  };
  /** The index: a log was opened, with so many records in it, by whom and after which other one. */
  readonly segment_opened: {
    readonly file: string;
    readonly records: number;
    readonly head: string;
    readonly writer: { readonly pid: number; readonly host: string };
    /** Verifier key of its checkpoints (C2SP signed-note). */
    readonly key?: string;
    readonly previous?: { readonly file: string; readonly records: number; readonly head: string };
    /** Milliseconds between its heartbeats. */
    readonly heartbeatMs?: number;
    readonly team?: string;
    readonly tenant?: string;
  };
  /** … and closed: by its writer, because it was full, or by another one after its writer's death. */
  readonly segment_closed: {
    readonly file: string;
    readonly records: number;
    readonly head: string;
    readonly reason: "closed" | "rotated" | "recovered";
  };
  /** The tombstone of a log that retention deleted. */
  readonly segment_deleted: {
    readonly file: string;
    readonly reason: "age" | "size";
    readonly bytes: number;
    readonly records: number | null;
    readonly head: string | null;
    readonly modified: string;
  };
}

/** The name of an event: a word with underscores. */
export type AuditEventType = keyof AuditEventData;

/** Who decided what: the reason is content, since people and policies write it. */
export interface AuditDecision {
  readonly effect: "allow" | "ask" | "deny";
  readonly layer: string;
  readonly rule?: string;
}

/** What one question of the gate answered. */
export interface AuditAnswer {
  readonly layer: string;
  readonly effect: "allow" | "ask" | "deny" | "none";
  readonly basis?: "rule" | "default";
  readonly rule?: string;
  readonly risk?: RiskLevel;
}

/** The confinement that was really applied. */
export type AuditIsolation = Isolation;

/** An event for the log. */
export type AuditEvent = KnownAuditEvent | HostAuditEvent;

type KnownAuditEvent = {
  readonly [Type in AuditEventType]: AuditEventBase & { readonly type: Type; readonly data: AuditEventData[Type] };
}[AuditEventType];

/** An event of the program that embeds Harness: its name begins with "host_". */
export interface HostAuditEvent extends AuditEventBase {
  readonly type: `host_${string}`;
  readonly data: JsonObject;
}

interface AuditEventBase {
  readonly sessionId?: string;
  readonly agent?: string;
  readonly toolUseId?: string;
  readonly tool?: string;
  /** USD that this event did cost. Every cent is told by one record only, so that a sum over records is what was paid. */
  readonly cost?: number;
  /** What may hold personal data. Kept beside the chain, under a salted commitment: it can be erased. */
  readonly content?: JsonObject;
}

/**
 * One line of an audit log as it is stored, its keys in this order. `hash` is SHA-256 over the line's own bytes; how
 * to check it by hand is in SECURITY.md.
 */
export interface AuditRecord {
  /** Version of the line's shape. */
  readonly v: 2;
  /** Counts the records of the file from 0, without gaps. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly timestamp: string;
  readonly event_type: string;
  readonly session_id: string;
  readonly agent: string;
  readonly call_id?: string;
  readonly tool?: string;
  /** USD. Left out where nothing was paid or nobody knows how much. */
  readonly cost?: number;
  readonly data: JsonObject;
  /** SHA-256 over `salt` and the bytes of `content` together: what the content was, without telling it. */
  readonly commitment?: string;
  /** `hash` of the record before; 64 zeros in the first one. */
  readonly prev: string;
  readonly hash: string;
  /** The content beside. Both are gone when it was erased. */
  readonly salt?: string;
  readonly content?: JsonObject;
  readonly erased?: true;
}
