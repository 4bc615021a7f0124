import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { escapeControls } from "../../approval/index.ts";
import {
  createSigner,
  eraseAuditContent,
  fileAnchor,
  queryAudit,
  streamAuditExport,
  sumCosts,
  tailAudit,
  verifyAudit,
  type AuditFileReport,
  type AuditFilter,
  type CostRow,
  type LastSign,
} from "../../audit/index.ts";
import type { AuditRecord } from "../../spec/index.ts";
import type { CliContext } from "../cli-context.ts";
import { runAction, type Command } from "../command.ts";
import { UsageError } from "../usage-error.ts";

/** `harness audit …`: looks at audit logs. Without a path, those of the user: `~/.harness/audit`. */
export const auditCommand: Command = (args, context) => runAction("audit", ACTIONS, { args, context });

const ACTIONS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["verify", verify],
  ["query", query],
  ["export", exportRecords],
  ["cost", cost],
  ["erase", erase],
  ["tail", tail],
]);

const FILTER_OPTIONS = {
  session: { type: "string" },
  agent: { type: "string" },
  type: { type: "string" },
  tool: { type: "string" },
  call: { type: "string" },
  decision: { type: "string" },
  outcome: { type: "string" },
  model: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
} as const;

type FilterValues = { readonly [Name in keyof typeof FILTER_OPTIONS]?: string };

/**
 * `harness audit verify [PATH] [--public-key FILE] [--anchor FILE]… [--json]`: exit code 0 when every log is sound and
 * none is missing, 1 otherwise.
 */
async function verify(args: readonly string[], { out }: CliContext): Promise<number> {
  const options = {
    "public-key": { type: "string" },
    anchor: { type: "string", multiple: true },
    json: { type: "boolean" },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const key = values["public-key"];
  const report = await verifyAudit(pathOf("verify", positionals), {
    ...(key === undefined ? {} : { publicKey: key.includes("+") ? key : await readFile(key, "utf8") }),
    anchors: (values.anchor ?? []).map((path) => fileAnchor(path)),
  });
  if (values.json === true) {
    out(`${JSON.stringify(report)}\n`);
    return report.ok ? 0 : 1;
  }
  if (report.problem !== undefined) out(`${escapeControls(report.problem)}\n`);
  for (const file of report.files) out(describeFile(file));
  if (report.deleted.length > 0)
    out(`${report.deleted.length} logs were deleted by retention, and the index says so\n`);
  if (!report.hasIndex && report.ok)
    out("There is no index: a log that was removed whole, or cut at its end, is not seen\n");
  return report.ok ? 0 : 1;
}

function describeFile(report: AuditFileReport): string {
  const { file, records, head, firstBad, isClosed, erased, signedRecords, silences = [], silentSince } = report;
  const name = escapeControls(file);
  if (firstBad !== undefined)
    return `BROKEN  ${name}: line ${firstBad.line}, record ${firstBad.seq}: ${firstBad.reason}\n`;
  const notes = [
    ...(signedRecords > 0 ? [`signed up to record ${signedRecords - 1}`] : []),
    ...(erased > 0 ? [`content of ${erased} erased`] : []),
    ...(isClosed ? [] : ["not closed"]),
    ...silences.map(
      ({ seq, ms, announcedMs }) =>
        `WARNING: silent for ${Math.round(ms / 1000)} s before record ${seq}, heartbeats were due every ${announcedMs / 1000} s`,
    ),
    ...(silentSince === undefined ? [] : [describeSilence(silentSince)]),
  ];
  return `ok      ${name}: ${records} records, head ${head}${notes.map((note) => `, ${note}`).join("")}\n`;
}

function describeSilence({ timestamp, ms, announcedMs }: LastSign): string {
  return (
    `WARNING: silent since ${timestamp}, ${Math.round(ms / 1000)} s ago, heartbeats are due every ${announcedMs / 1000} s: ` +
    "its writer died or hangs, this is a copy of an open log, or its end was cut off"
  );
}

/** `harness audit query [PATH] [filters] [--json]`: records, a line each. */
async function query(args: readonly string[], { out }: CliContext): Promise<number> {
  const options = { ...FILTER_OPTIONS, json: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  for await (const record of queryAudit(pathOf("query", positionals), filterOf(values))) {
    out(values.json === true ? `${JSON.stringify(record)}\n` : describeRecord(record));
  }
  return 0;
}

/** `harness audit export [PATH] [--format jsonl|json|csv] [filters]`. */
async function exportRecords(args: readonly string[], { out }: CliContext): Promise<number> {
  const options = { ...FILTER_OPTIONS, format: { type: "string", default: "jsonl" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const { format } = values;
  if (format !== "jsonl" && format !== "json" && format !== "csv") {
    throw new UsageError(`harness audit export has no format "${format}": jsonl, json, csv`);
  }
  for await (const piece of streamAuditExport(pathOf("export", positionals), { format, filter: filterOf(values) })) {
    out(piece);
  }
  return 0;
}

/** `harness audit cost [PATH] [--by day|month|model|provider|team|tenant|session|agent] [filters] [--json]`. */
async function cost(args: readonly string[], { out }: CliContext): Promise<number> {
  const options = { ...FILTER_OPTIONS, by: { type: "string", default: "day" }, json: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const by = COST_GROUPS.find((group) => group === values.by);
  if (by === undefined) throw new UsageError(`harness audit cost has no --by ${values.by}: ${COST_GROUPS.join(", ")}`);
  const rows = await sumCosts(pathOf("cost", positionals), { by, filter: filterOf(values) });
  if (values.json === true) out(`${JSON.stringify(rows)}\n`);
  else out(describeCosts(rows));
  return 0;
}

const COST_GROUPS = ["day", "month", "model", "provider", "team", "tenant", "session", "agent"] as const;

function describeCosts(rows: readonly CostRow[]): string {
  const width = Math.max(5, ...rows.map(({ key }) => oneLine(key).length));
  const line = (key: string, { cost: usd, calls, tokens, unpriced }: Omit<CostRow, "key">): string =>
    `${oneLine(key).padEnd(width)}  ${`$${usd.toFixed(4)}`.padStart(12)}  ${String(calls).padStart(8)} calls  ${String(tokens).padStart(12)} tokens${unpriced > 0 ? `  (${unpriced} calls without a known price)` : ""}\n`;
  const sum = (pick: (row: CostRow) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  const total = {
    cost: sum((row) => row.cost),
    calls: sum((row) => row.calls),
    tokens: sum((row) => row.tokens),
    unpriced: sum((row) => row.unpriced),
  };
  return `${rows.map((row) => line(row.key, row)).join("")}${line("total", total)}`;
}

/**
 * `harness audit erase [DIR] --reason TEXT (filters | --all) [--signing-key FILE]`: erases what is erasable of records.
 * The chain stays valid; the reason stays in the log.
 */
async function erase(args: readonly string[], { out }: CliContext): Promise<number> {
  const options = {
    ...FILTER_OPTIONS,
    reason: { type: "string" },
    by: { type: "string" },
    all: { type: "boolean" },
    "signing-key": { type: "string" },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const { reason, by, all } = values;
  const filter = filterOf(values);
  if (reason === undefined || reason.trim() === "")
    throw new UsageError("harness audit erase needs --reason: it stays in the log");
  if (all !== true && Object.keys(filter).length === 0) {
    throw new UsageError("Say what to erase, --session for example, or --all");
  }
  const key = values["signing-key"];
  const { records, log } = await eraseAuditContent(pathOf("erase", positionals), {
    filter,
    reason,
    isEverything: all === true,
    ...(by === undefined ? {} : { requestedBy: by }),
    ...(key === undefined ? {} : { signer: createSigner({ privateKey: await readFile(key, "utf8") }) }),
  });
  out(`The content of ${records} records is erased${log === undefined ? "" : `; ${log} tells of it`}\n`);
  return 0;
}

/** `harness audit tail [DIR] [--all] [--json]`: records as they are written, until it is interrupted. */
async function tail(args: readonly string[], { out }: CliContext): Promise<number> {
  const options = { all: { type: "boolean" }, json: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    for await (const record of tailAudit(pathOf("tail", positionals), {
      signal: ended.signal,
      isFromStart: values.all === true,
    })) {
      out(values.json === true ? `${JSON.stringify(record)}\n` : describeRecord(record));
    }
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
  return 0;
}

function pathOf(action: string, positionals: readonly string[]): string {
  if (positionals.length > 1)
    throw new UsageError(`harness audit ${action} takes one path: a log, or a folder of logs`);
  return positionals[0] ?? join(process.env["HOME"] || homedir(), ".harness", "audit");
}

function filterOf({ session, agent, type, tool, call, decision, outcome, model, from, to }: FilterValues): AuditFilter {
  const given = { session, agent, type, tool, callId: call, decision, outcome, model, from, to };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A record for people: what happened, to what, and how it was decided. */
function describeRecord(record: AuditRecord): string {
  const { timestamp, event_type: type, session_id: session, agent, tool, cost: usd, data, content } = record;
  const { decision, outcome, model } = data;
  const words = [
    timestamp,
    type,
    session,
    agent === "main" ? "" : agent,
    tool ?? (typeof model === "string" ? model : ""),
    typeof decision === "object" ? describeDecision(decision) : "",
    typeof outcome === "string" ? outcome : "",
    usd === undefined ? "" : `$${usd}`,
    typeof content?.["reason"] === "string" ? content["reason"] : "",
  ];
  return `${oneLine(words.filter((word) => word !== "").join("  "))}\n`;
}

/** What a model named a tool must not look like a record of its own. */
function oneLine(text: string): string {
  return escapeControls(text).replaceAll(/\n */g, String.raw`\n`);
}

function describeDecision(decision: object | null): string {
  const { effect, layer, rule }: { effect?: unknown; layer?: unknown; rule?: unknown } = decision ?? {};
  return [effect, layer, rule].filter((word) => typeof word === "string").join(":");
}
