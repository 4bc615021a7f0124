import type { AuditAnswer, AuditEvent } from "./audit-events.ts";
import type { FilterFinding } from "./result-filter.ts";
import type { Decision, PreparedCall, ToolCall, ToolCallResult } from "./tool-call.ts";

/**
 * The port to the audit log. When something cannot be written, this and every later call throws and the run stops:
 * what cannot be recorded does not happen.
 */
export interface Audit {
  /** Appends one record and resolves when it is written: the death of the process does not lose it any more. */
  record(event: AuditEvent): Promise<void> | void;
  /**
   * Appends one record without waiting: it is written together with others, a moment later, and in order. For what
   * happens often and has no effect of its own; a write that fails shows at the next use of the log.
   */
  append(event: AuditEvent): void;
  /** Opens the entry of a tool call: its intent is on record before anything happens. */
  openCall(call: ToolCall, scope: AuditScope): Promise<AuditEntry> | AuditEntry;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Who acts. */
export interface AuditScope {
  readonly sessionId: string;
  readonly agent: string;
  readonly parentToolUseId?: string;
  /** All `Task` calls above the agent, the nearest first; left out where `parentToolUseId` is the only one. */
  readonly parents?: readonly string[];
}

/** The open entry of one tool call. Disposal without `close` writes the outcome "abandoned". */
export interface AuditEntry extends AsyncDisposable {
  /** Keeps what a question of the gate answered; it is written with the next record of the call. */
  note(answer: AuditAnswer): void;
  /** The call passed the gate and is about to have its effect: durable before this resolves. */
  effect(call: PreparedCall, decision: Decision): Promise<void> | void;
  /** The call ended with what the model will see. */
  close(result: ToolCallResult, findings: readonly FilterFinding[]): Promise<void> | void;
}
