import { createReadStream } from "node:fs";

import { AuditChainError } from "../errors/index.ts";
import type { JsonObject, JsonValue } from "../spec/index.ts";
import { parseRecord, type AuditRecord } from "./audit-record.ts";
import { logsOf } from "./list-logs.ts";
import { createLineSplitter } from "./split-lines.ts";

/** Which records to give. What is left out does not matter; times are from `from` on and before `to`. */
export interface AuditFilter {
  readonly session?: string;
  readonly agent?: string;
  readonly type?: string;
  readonly tool?: string;
  readonly callId?: string;
  /** "allow", "ask" or "deny". */
  readonly decision?: string;
  /** "completed", "failed", "denied", "paused", "cancelled" or "abandoned". */
  readonly outcome?: string;
  /** A date, or what `new Date` takes. */
  readonly from?: Date | string | number;
  readonly to?: Date | string | number;
}

/**
 * Reads the records of a log, or of every log in a directory, one after the other. Does not verify the chain: that is
 * `verifyAudit`. A last line that is being written is left out. Throws `AuditChainError` for a line that is no record,
 * a `RangeError` for a date that is none, and the system's error for a path that cannot be read.
 */
export async function* queryAudit(pathOrDir: string, filter: AuditFilter = {}): AsyncGenerator<AuditRecord> {
  const from = readTime(filter.from, "from") ?? Number.NEGATIVE_INFINITY;
  const to = readTime(filter.to, "to") ?? Number.POSITIVE_INFINITY;
  for (const path of await logsOf(pathOrDir)) {
    for await (const record of readRecords(path)) {
      const time = Date.parse(record.ts);
      if (time >= from && time < to && isAskedFor(record, filter)) yield record;
    }
  }
}

async function* readRecords(path: string): AsyncGenerator<AuditRecord> {
  const splitter = createLineSplitter();
  let line = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    // A stream without an encoding gives bytes.
    for (const { bytes } of splitter.push(chunk as Uint8Array)) {
      line += 1;
      const record = parseRecord(Buffer.from(bytes).toString());
      if (record === undefined)
        throw new AuditChainError(`${path}:${line}: this line is no audit record; run verifyAudit`);
      yield record;
    }
  }
}

function isAskedFor(record: AuditRecord, filter: AuditFilter): boolean {
  const { session, agent, type, tool, callId, decision, outcome } = filter;
  return (
    (session === undefined || record.session === session) &&
    (agent === undefined || record.agent === agent) &&
    (type === undefined || record.type === type) &&
    (tool === undefined || record.tool === tool) &&
    (callId === undefined || record.callId === callId) &&
    (decision === undefined || decisionOf(record.data) === decision) &&
    (outcome === undefined || record.data["outcome"] === outcome)
  );
}

/** A decision stands as a word or as an object with its effect. */
function decisionOf({ decision }: JsonObject): JsonValue | undefined {
  if (typeof decision !== "object" || decision === null || !("effect" in decision)) return decision;
  return decision["effect"];
}

function readTime(time: Date | string | number | undefined, name: string): number | undefined {
  if (time === undefined) return undefined;
  const ms = new Date(time).getTime();
  if (Number.isNaN(ms)) throw new RangeError(`${name} is no date: ${String(time)}`);
  return ms;
}
