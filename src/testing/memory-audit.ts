import type { Audit, AuditAnswer, AuditEvent, JsonObject, ToolCallResult } from "../spec/index.ts";

/** One record of a `memoryAudit`. */
export interface MemoryAuditRecord {
  readonly type: AuditEvent["type"];
  readonly sessionId?: string;
  readonly agent?: string;
  /** The facts of the event. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What of it may be erased. */
  readonly content?: JsonObject;
  readonly cost?: number;
  readonly callId?: string;
  readonly result?: ToolCallResult;
}

/** An audit log that keeps its records in memory. */
export interface MemoryAudit extends Audit {
  readonly records: readonly MemoryAuditRecord[];
}

/** Makes an audit log for tests, with the life of the real one: intent, effect, outcome, and "abandoned" where nobody closed. */
export function memoryAudit(): MemoryAudit {
  const records: MemoryAuditRecord[] = [];
  const append = ({ toolUseId, data, ...event }: AuditEvent): void => {
    records.push({ ...event, data: { ...data }, ...(toolUseId === undefined ? {} : { callId: toolUseId }) });
  };
  return {
    records,
    record: append,
    append,
    openCall(call, { sessionId, agent }) {
      const base = { sessionId, agent, callId: call.id };
      let isClosed = false;
      let answers: readonly AuditAnswer[] = [];
      /** What the gate answered, once. */
      const takeAnswers = (): { readonly answers?: readonly AuditAnswer[] } => {
        const taken = answers.length === 0 ? {} : { answers };
        answers = [];
        return taken;
      };
      records.push({ ...base, type: "tool_intent", data: { tool: call.name } });
      return {
        note(answer) {
          answers = [...answers, answer];
        },
        effect(prepared, decision) {
          records.push({
            ...base,
            type: "tool_effect",
            data: { tool: prepared.tool.name, layer: decision.layer, ...takeAnswers() },
          });
        },
        close(result) {
          isClosed = true;
          records.push({ ...base, type: "tool_outcome", data: { outcome: result.outcome, ...takeAnswers() }, result });
        },
        async [Symbol.asyncDispose]() {
          if (isClosed) return;
          isClosed = true;
          records.push({ ...base, type: "tool_outcome", data: { outcome: "abandoned" } });
        },
      };
    },
    async flush() {},
    async close() {},
  };
}
