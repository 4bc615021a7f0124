import { createReadStream } from "node:fs";

import { AuditChainError } from "../errors/index.ts";
import type { AuditRecord, JsonObject, JsonValue } from "../spec/index.ts";
import { logsOf } from "./list-logs.ts";
import { parseRecord } from "./parse-record.ts";
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
  readonly model?: string;
  /** A date, or what `new Date` takes. */
  readonly from?: Date | string | number;
  readonly to?: Date | string | number;
}

const FILTER_KEYS: ReadonlySet<string> = new Set<keyof AuditFilter>([
  "session",
  "agent",
  "type",
  "tool",
  "callId",
  "decision",
  "outcome",
  "model",
  "from",
  "to",
]);

/** A record and where it stands. */
export interface PlacedRecord {
  readonly record: AuditRecord;
  readonly file: string;
  /** Position of its line in the file, and the line's bytes without the line end. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads the records of a log, or of every log in a directory, one after the other. Does not verify the chain: that is
 * `verifyAudit`. A last line that is being written is left out. Throws `AuditChainError` for a line that is no record, a
 * `RangeError` for a date that is none, a `TypeError` for an unknown field of the filter, and the system's error for a
 * path that cannot be read.
 */
export async function* queryAudit(pathOrDir: string, filter: AuditFilter = {}): AsyncGenerator<AuditRecord> {
  for await (const { record } of findRecords(pathOrDir, filter)) yield record;
}

/** The same with places. A record's bytes hold until the next one is asked for. */
export async function* findRecords(pathOrDir: string, filter: AuditFilter = {}): AsyncGenerator<PlacedRecord> {
  // A filter that is misspelt would give everything, and be taken for an answer.
  const unknown = Object.keys(filter).find((key) => !FILTER_KEYS.has(key));
  if (unknown !== undefined) {
    throw new TypeError(`A filter has no "${unknown}": it knows ${[...FILTER_KEYS].join(", ")}`);
  }
  const from = readTime(filter.from, "from") ?? Number.NEGATIVE_INFINITY;
  const to = readTime(filter.to, "to") ?? Number.POSITIVE_INFINITY;
  for (const file of await logsOf(pathOrDir)) {
    for await (const placed of readRecords(file)) {
      const time = Date.parse(placed.record.timestamp);
      if (time >= from && time < to && isAskedFor(placed.record, filter)) yield placed;
    }
  }
}

async function* readRecords(file: string): AsyncGenerator<PlacedRecord> {
  const splitter = createLineSplitter();
  let line = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    // A stream without an encoding gives bytes.
    for (const { bytes, offset } of splitter.push(chunk as Uint8Array)) {
      line += 1;
      const record = parseRecord(Buffer.from(bytes).toString());
      if (record === undefined) {
        throw new AuditChainError(`${file}:${line}: this line is no audit record; run harness audit verify`);
      }
      yield { record, file, offset, bytes };
    }
  }
}

function isAskedFor(record: AuditRecord, filter: AuditFilter): boolean {
  const { session, agent, type, tool, callId, decision, outcome, model } = filter;
  return (
    (session === undefined || record.session_id === session) &&
    (agent === undefined || record.agent === agent) &&
    (type === undefined || record.event_type === type) &&
    (tool === undefined || record.tool === tool) &&
    (callId === undefined || record.call_id === callId) &&
    (decision === undefined || decisionOf(record.data) === decision) &&
    (outcome === undefined || record.data["outcome"] === outcome) &&
    (model === undefined || record.data["model"] === model)
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
