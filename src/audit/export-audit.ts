import type { AuditRecord, JsonValue } from "../spec/index.ts";
import { queryAudit, type AuditFilter } from "./query-audit.ts";

/** How to export. */
export interface ExportOptions {
  /** @default "jsonl" */
  readonly format?: "jsonl" | "json" | "csv";
  /** Only these records. @default all */
  readonly filter?: AuditFilter;
}

const COLUMNS = [
  "seq",
  "timestamp",
  "event_type",
  "session_id",
  "agent",
  "call_id",
  "tool",
  "cost",
  "data",
  "content",
  "commitment",
  "prev",
  "hash",
] as const;

/**
 * Gives the records of a log, or of every log in a directory, as one text: JSON lines, a JSON array, or CSV (RFC 4180,
 * with a header) whose cells no spreadsheet takes for a formula. For long logs use `streamAuditExport`. Throws what
 * `queryAudit` throws, and a `TypeError` for an unknown format.
 */
export async function exportAudit(pathOrDir: string, options: ExportOptions = {}): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of streamAuditExport(pathOrDir, options)) pieces.push(piece);
  return pieces.join("");
}

/** The same export piece by piece, a record at a time. */
export async function* streamAuditExport(pathOrDir: string, options: ExportOptions = {}): AsyncGenerator<string> {
  const { format = "jsonl", filter = {} } = options;
  const records = queryAudit(pathOrDir, filter);
  switch (format) {
    case "jsonl":
      for await (const record of records) yield `${JSON.stringify(record)}\n`;
      return;
    case "json":
      yield* toJson(records);
      return;
    case "csv":
      yield `${COLUMNS.join(",")}\r\n`;
      for await (const record of records) yield toCsv(record);
      return;
    default:
      throw new TypeError(`There is no format "${String(format satisfies never)}": use "jsonl", "json" or "csv"`);
  }
}

async function* toJson(records: AsyncIterable<AuditRecord>): AsyncGenerator<string> {
  let separator = "[\n";
  for await (const record of records) {
    yield separator + JSON.stringify(record);
    separator = ",\n";
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

function toCsv(record: AuditRecord): string {
  const cells = COLUMNS.map((column) => toText(record[column]));
  return `${cells.map(toCell).join(",")}\r\n`;
}

function toText(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Spreadsheets run cells that begin like a formula; an apostrophe makes them text. */
function toCell(text: string): string {
  const safe = /^[\s]*[=+\-@|%]|^[\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
