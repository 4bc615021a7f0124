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

/** What a formula begins with, and what spreadsheets drop or skip before it. Some take full-width signs, too. */
const FORMULA = String.raw`[\s\p{C}\p{Z}"']*[=+\-@|%＝＋－＠]`;
const STARTS_FORMULA = new RegExp(`^(?:${FORMULA}|[\\t\\r\\n])`, "u");
/** Where commas are decimal signs, spreadsheets begin a new cell at a semicolon, whatever quotes stand around it. */
const SEPARATED_FORMULA = new RegExp(`([;\\t])(?=${FORMULA})`, "gu");

function toText(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  // JSON stays what it is when a character is escaped.
  if (typeof value === "object") return JSON.stringify(value).replaceAll(SEPARATED_FORMULA, String.raw`\u003b`);
  return String(value).replaceAll(SEPARATED_FORMULA, "$1'");
}

/** Spreadsheets run cells that begin like a formula; an apostrophe makes them text. */
function toCell(text: string): string {
  const safe = STARTS_FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
