import type { JsonObject } from "../spec/index.ts";
import type { RiskFinding } from "./risk-finding.ts";

/** Arguments in which tools take a statement. */
const STATEMENTS = new Set(["sql", "query", "statement", "statements"]);

/** What is dangerous in the statements that a call hands to a database. */
export function sqlRisks(args: JsonObject): readonly RiskFinding[] {
  const findings: RiskFinding[] = [];
  for (const name of Object.keys(args)) {
    const value = args[name];
    if (typeof value === "string" && STATEMENTS.has(name.toLowerCase())) findings.push(...statementRisks(value));
  }
  return findings;
}

/** What is dangerous in one text of SQL. Comments and texts within it don't count as statements. */
export function statementRisks(sql: string): readonly RiskFinding[] {
  return stripSql(sql)
    .split(";")
    .map((statement) => statement.trim().replaceAll(/\s+/g, " ").toLowerCase())
    .filter((statement) => statement !== "")
    .flatMap((statement) => statementRisk(statement) ?? []);
}

function statementRisk(statement: string): RiskFinding | undefined {
  // `with x as (delete …) select …` and `explain analyze delete …` run what they hold.
  const has = (pattern: RegExp): boolean => pattern.test(statement);
  if (has(/\bdrop (?:database|schema|tablespace)\b/)) return { level: "block", reason: "drops a database" };
  if (has(/\b(?:drop|truncate)\b/)) return { level: "high", reason: "throws a table away" };
  if (has(/\b(?:alter|grant|revoke|create (?:role|user)|set password|reindex|vacuum full)\b/))
    return { level: "high", reason: "changes what a database looks like or who may use it" };
  if (has(/\b(?:delete from|update)\b/)) {
    return has(/\bwhere\b/)
      ? { level: "medium", reason: "changes rows" }
      : { level: "high", reason: "changes every row of a table" };
  }
  if (has(/\b(?:copy .{0,200} (?:to|from) program|xp_cmdshell|load_file|into outfile|pg_read_file|lo_export)\b/))
    return { level: "high", reason: "reaches files or programs through the database" };
  if (has(/\b(?:insert into|merge into|replace into|create|call|do)\b/))
    return { level: "medium", reason: "changes a database" };
  return undefined;
}

/** Without comments and quoted texts, in one pass: a quote within a comment begins no text. */
function stripSql(sql: string): string {
  return sql.replaceAll(
    /--[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|\$([A-Za-z_]{0,20})\$[\s\S]*?(?:\$\1\$|$)/g,
    " ",
  );
}
