import { appendFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import {
  AuditChainError,
  AuditLogger,
  exportAudit,
  queryAudit,
  streamAuditExport,
  type AuditFilter,
} from "../../src/audit/index.ts";
import { allowed, makeCall, temporaryDir, writeLog } from "./audit-files.ts";

async function writeTwo(dir: string): Promise<void> {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const clock = { now: () => (now += 60_000) };
  const audit = new AuditLogger({ dir, clock });
  await audit.record({ type: "host_start", sessionId: "a", agent: "main", data: { cell: "=1+1" } });
  await audit.record({ type: "host_start", sessionId: "b", agent: "=cmd|'/C calc'!A1", data: {} });
  const { call, prepared, result } = makeCall();
  await using entry = await audit.openCall(call, { sessionId: "a", agent: "helper" });
  await entry.effect(prepared, allowed);
  await entry.close(result, []);
  await audit.close();
}

async function count(dir: string, filter: AuditFilter): Promise<number> {
  let records = 0;
  for await (const _record of queryAudit(dir, filter)) records += 1;
  return records;
}

describe("queryAudit()", () => {
  test("rejects a date that is none and a path that is not there", async () => {
    await expect(count(temporaryDir(), { from: "yesterday" })).rejects.toThrow(RangeError);
    await expect(count(join(temporaryDir(), "missing"), {})).rejects.toThrow(/ENOENT/);
  });

  test("rejects a line that is no record, and leaves out one that is being written", async () => {
    const path = await writeLog(temporaryDir(), 2);
    appendFileSync(path, '{"v":1,"seq":2');
    expect(await count(path, {})).toBe(2);
    appendFileSync(path, "\n");
    const error: unknown = await count(path, {}).catch((reason: unknown) => reason);
    expect(AuditChainError.isInstance(error)).toBe(true);
  });

  test.each<[AuditFilter, number]>([
    [{}, 5],
    [{ session: "a" }, 4],
    [{ session: "none" }, 0],
    [{ type: "host_start" }, 2],
    [{ agent: "helper" }, 3],
    [{ tool: "Bash" }, 3],
    [{ callId: "call-1" }, 3],
    [{ decision: "allow" }, 2],
    [{ decision: "deny" }, 0],
    [{ outcome: "completed" }, 1],
    [{ from: "2026-01-01T00:02:00Z" }, 4],
    [{ to: new Date("2026-01-01T00:02:00Z") }, 1],
  ])("gives what is asked for: %j", async (filter, expected) => {
    const dir = temporaryDir();
    await writeTwo(dir);
    expect(await count(dir, filter)).toBe(expected);
  });
});

describe("exportAudit()", () => {
  test("rejects an unknown format", async () => {
    const path = await writeLog(temporaryDir(), 1);
    // @ts-expect-error a format that does not exist
    await expect(exportAudit(path, { format: "xml" })).rejects.toThrow(TypeError);
  });

  test("gives JSON lines and a JSON array", async () => {
    const dir = temporaryDir();
    await writeTwo(dir);
    const lines = (await exportAudit(dir)).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toHaveLength(5);
    expect(JSON.parse(await exportAudit(dir, { format: "json" }))).toHaveLength(5);
    expect(JSON.parse(await exportAudit(dir, { format: "json", filter: { session: "none" } }))).toEqual([]);
  });

  test("gives CSV that no spreadsheet runs", async () => {
    const dir = temporaryDir();
    await writeTwo(dir);
    const csv = await exportAudit(dir, { format: "csv" });
    const [header, ...rows] = csv.trimEnd().split("\r\n");
    expect(header).toBe(
      "seq,timestamp,event_type,session_id,agent,call_id,tool,cost,data,content,commitment,prev,hash",
    );
    expect(rows).toHaveLength(5);
    expect(csv).toContain(`,"'=cmd|'/C calc'!A1",`);
    expect(csv).toContain('"{""cell"":""=1+1""}"');
  });

  test("gives CSV that no spreadsheet runs, whatever it drops, skips or takes for the end of a cell", async () => {
    const signs = ["=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠"];
    const before = ["", " ", "\t", "\n", "\r", "\0", "\u0085", "\u00a0", "\u061c", "\u200b", "\u3000", "\ufeff", '"'];
    const inside = ["a;", "a\t", "a; ", 'a;"', "a;\u200b"];
    const texts = [...before, ...inside].flatMap((start) => signs.map((sign) => `${start}${sign}1`));
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1", sync: "never" });
    for (const tool of texts) audit.append({ type: "host_event", tool, data: { tool }, content: { [tool]: tool } });
    await audit.close();
    const rows = parseCsv(await exportAudit(audit.path, { format: "csv" })).slice(1);
    expect(rows.map((row) => row.length)).toEqual(texts.map(() => 13));
    for (const [index, row] of rows.entries()) {
      for (const cell of row.flatMap((each) => [each, ...each.split(/[;\t]/)])) {
        expect(cell, JSON.stringify(texts[index])).not.toMatch(/^[\s\p{C}"]*[=+\-@|%＝＋－＠]/u);
      }
      const [data = "", content = ""] = row.slice(8);
      expect(JSON.parse(data)).toEqual({ tool: texts[index] });
      expect(JSON.parse(content)).toEqual({ [texts[index] ?? ""]: texts[index] });
    }
  });

  test("streams a record at a time", async () => {
    const path = await writeLog(temporaryDir(), 3);
    const pieces: string[] = [];
    for await (const piece of streamAuditExport(path)) pieces.push(piece);
    expect(pieces).toHaveLength(3);
  });
});

/** By RFC 4180. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const cells = [...text.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/g)];
  const rows: string[][] = [[]];
  for (const [, cell = "", end] of cells) {
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end !== ",") rows.push([]);
  }
  return rows.slice(0, -1);
}
