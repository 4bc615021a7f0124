import type { AuditRecord } from "../spec/index.ts";

/** A line as a record; `undefined` for a line that is none. Tells nothing about the chain. */
export function parseRecord(line: string): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== "object" || value === null) return false;
  const { v, seq, data, cost, content, ...texts }: Partial<Record<keyof AuditRecord, unknown>> = value;
  const isText = (text: unknown): boolean => typeof text === "string";
  return (
    v === 2 &&
    Number.isSafeInteger(seq) &&
    typeof data === "object" &&
    data !== null &&
    (cost === undefined || typeof cost === "number") &&
    (content === undefined || (typeof content === "object" && content !== null)) &&
    [texts.timestamp, texts.session_id, texts.agent, texts.event_type, texts.prev, texts.hash].every(isText) &&
    [texts.call_id, texts.tool, texts.salt].every((text) => text === undefined || isText(text))
  );
}
