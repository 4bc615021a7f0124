import type { Audit, AuditEvent, ToolCallResult } from "../spec/index.ts";

/** One record of a `memoryAudit`. */
export type MemoryAuditRecord = AuditEvent & { readonly callId?: string; readonly result?: ToolCallResult };

/** An audit log that keeps its records in memory. */
export interface MemoryAudit extends Audit {
  readonly records: readonly MemoryAuditRecord[];
}

/** Makes an audit log for tests, with the life of the real one: intent, effect, outcome, and "abandoned" where nobody closed. */
export function memoryAudit(): MemoryAudit {
  const records: MemoryAuditRecord[] = [];
  return {
    records,
    record(event) {
      records.push(event);
    },
    openCall(call, { sessionId, agent }) {
      const base = { sessionId, agent, callId: call.id };
      let isClosed = false;
      records.push({ ...base, type: "tool_intent", data: { tool: call.name } });
      return {
        effect(prepared, decision) {
          records.push({ ...base, type: "tool_effect", data: { tool: prepared.tool.name, layer: decision.layer } });
        },
        close(result) {
          isClosed = true;
          records.push({ ...base, type: "tool_outcome", data: { outcome: result.outcome }, result });
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
