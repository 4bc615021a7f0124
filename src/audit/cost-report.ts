import { basename, dirname } from "node:path";

import type { AuditRecord, JsonValue } from "../spec/index.ts";
import { isFolder } from "./list-logs.ts";
import { findRecords, type AuditFilter } from "./query-audit.ts";
import { readIndex } from "./read-index.ts";

/** By what costs are added up. Days and months are UTC. */
export type CostGroup = "day" | "month" | "model" | "provider" | "team" | "tenant" | "session" | "agent";

/** What was spent under one name. */
export interface CostRow {
  readonly key: string;
  /** USD. */
  readonly cost: number;
  /** Model calls, those included whose price is not known. */
  readonly calls: number;
  /** Model calls whose cost nobody knows: what was really spent is more. */
  readonly unpriced: number;
  /** Input and output together. */
  readonly tokens: number;
}

/** Options of `sumCosts`. */
export interface CostOptions {
  /** @default "day" */
  readonly by?: CostGroup;
  /** Only these records. */
  readonly filter?: AuditFilter;
}

/** What stands for a name that records don't tell. */
const UNKNOWN = "(none)";
const GROUPS: ReadonlySet<string> = new Set<CostGroup>([
  "day",
  "month",
  "model",
  "provider",
  "team",
  "tenant",
  "session",
  "agent",
]);

/** One part in 10^9: sums of many small costs stay exact. */
const NANO = 1e9;

/**
 * Adds up what the records of a log, or of every log in a directory, did cost. Sorted by name; amounts are added in
 * whole nano-dollars. Throws what `queryAudit` throws, and a `TypeError` for an unknown group.
 */
export async function sumCosts(pathOrDir: string, options: CostOptions = {}): Promise<readonly CostRow[]> {
  const { by = "day", filter = {} } = options;
  if (!GROUPS.has(by)) throw new TypeError(`Costs are not added up by "${by}": use ${[...GROUPS].join(", ")}`);
  const payers = await readPayers(pathOrDir);
  const rows = new Map<string, { nano: number; calls: number; unpriced: number; tokens: number }>();
  for await (const { record, file } of findRecords(pathOrDir, filter)) {
    payers.note(record);
    const isCall = record.event_type === "model_call";
    if (record.cost === undefined && !isCall) continue;
    const key = keyOf(record, by, (what) => payers.of(record, file, what));
    const row = rows.get(key) ?? { nano: 0, calls: 0, unpriced: 0, tokens: 0 };
    row.nano += Math.round((record.cost ?? 0) * NANO);
    if (isCall) row.calls += 1;
    if (isCall && record.cost === undefined && hasTokens(record)) row.unpriced += 1;
    row.tokens += tokensOf(record);
    rows.set(key, row);
  }
  return [...rows]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, { nano, ...row }]) => ({ key, cost: nano / NANO, ...row }));
}

function keyOf(record: AuditRecord, by: CostGroup, payer: (what: "team" | "tenant") => string | undefined): string {
  switch (by) {
    case "day":
      return record.timestamp.slice(0, 10);
    case "month":
      return record.timestamp.slice(0, 7);
    case "session":
      return record.session_id;
    case "agent":
      return record.agent;
    case "model":
    case "provider":
      return nameIn(record.data[by]) ?? UNKNOWN;
    case "team":
    case "tenant":
      return payer(by) ?? UNKNOWN;
    default:
      by satisfies never;
      return UNKNOWN;
  }
}

/** Who pays for a session: what its start says, or else what the index says of its log. */
interface Payers {
  note(record: AuditRecord): void;
  of(record: AuditRecord, file: string, what: "team" | "tenant"): string | undefined;
}

async function readPayers(pathOrDir: string): Promise<Payers> {
  const dir = (await isFolder(pathOrDir)) ? pathOrDir : dirname(pathOrDir);
  const { entries = [] } = (await readIndex(dir)) ?? {};
  const opened = entries.flatMap((entry) => (entry.type === "segment_opened" ? [entry.data] : []));
  const openings = Map.groupBy(opened, ({ file }) => file);
  const sessions = new Map<string, AuditRecord["data"]>();
  return {
    note({ event_type: type, session_id: session, data }) {
      if (type === "session_start") sessions.set(session, data);
    },
    // Who opened a log later pays for what came later.
    of: ({ session_id: session, seq }, file, what) =>
      nameIn(sessions.get(session)?.[what]) ??
      openings.get(basename(file))?.findLast(({ records }) => records <= seq)?.[what],
  };
}

function nameIn(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function hasTokens(record: AuditRecord): boolean {
  return tokensOf(record) > 0;
}

function tokensOf({ data: { usage } }: AuditRecord): number {
  if (typeof usage !== "object" || usage === null || !("input" in usage)) return 0;
  const { input, output } = usage;
  return (typeof input === "number" ? input : 0) + (typeof output === "number" ? output : 0);
}
