import type { Decision, PreparedCall, ToolCall, ToolCallResult } from "./tool-call.ts";
import type { FilterFinding } from "./result-filter.ts";
import type { JsonObject } from "./json.ts";

/**
 * The port to the audit log. A failed write throws and stops the run: what cannot be recorded does not happen.
 */
export interface Audit {
  /** Appends one record. */
  record(event: AuditEvent): Promise<void> | void;
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
}

/** An event for the log. `type` is a word with underscores: "session_start", "provider_call" … */
export interface AuditEvent {
  readonly type: string;
  readonly sessionId?: string;
  readonly agent?: string;
  readonly data: JsonObject;
}

/** The open entry of one tool call. Disposal without `close` writes the outcome "abandoned". */
export interface AuditEntry extends AsyncDisposable {
  /** The call passed the gate and is about to have its effect: durable before this resolves. */
  effect(call: PreparedCall, decision: Decision): Promise<void> | void;
  /** The call ended with what the model will see. */
  close(result: ToolCallResult, findings: readonly FilterFinding[]): Promise<void> | void;
}
