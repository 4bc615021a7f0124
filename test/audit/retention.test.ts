import { readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { describe, expect, test } from "vitest";

import { AuditLogger, enforceRetention, eraseAuditContent, verifyAudit } from "../../src/audit/index.ts";
import { readLines, temporaryDir, verifyByHand, writeLog } from "./audit-files.ts";

const DAY_MS = 86_400_000;

function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * DAY_MS);
  utimesSync(path, then, then);
}

function logsIn(dir: string): readonly string[] {
  return readdirSync(dir).filter((name) => /^audit-.*\.jsonl$/.test(name));
}

describe("enforceRetention()", () => {
  test("does nothing for a directory that is not there", async () => {
    expect(await enforceRetention(join(temporaryDir(), "missing"), { maxAgeDays: 1 })).toEqual([]);
  });

  test("lets another process keep to the same rule at the same time, and is verified meanwhile", async () => {
    const dir = temporaryDir();
    for (let count = 0; count < 40; count += 1) age(await writeLog(dir, 2, `old${count}`), 100);
    await writeLog(dir, 2, "fresh");
    const keep = () => enforceRetention(dir, { maxAgeDays: 90 });
    const looks = async () => {
      const seen: boolean[] = [];
      for (let count = 0; count < 10; count += 1) seen.push((await verifyAudit(dir)).ok);
      return seen;
    };
    const [one, two, seen] = await Promise.all([keep(), keep(), looks()]);
    expect(new Set([...one, ...two]).size).toBe(40);
    expect(seen).not.toContain(false);
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, files: [{ records: 2 }] });
  });

  test("leaves other files and logs in use alone", async () => {
    const dir = temporaryDir();
    writeFileSync(join(dir, "notes.txt"), "x");
    age(join(dir, "notes.txt"), 200);
    const open = new AuditLogger({ dir, sessionId: "open" });
    await open.record({ type: "host_event", data: {} });
    await open.flush();
    age(open.path, 200);
    expect(await enforceRetention(dir, { maxAgeDays: 90 })).toEqual([]);
    expect(statSync(join(dir, "notes.txt")).size).toBe(1);
    await open.close();
  });

  test("deletes logs that are too old, with a record that is a chain itself", async () => {
    const dir = temporaryDir();
    const heads = new Map<string, string>();
    for (const name of ["old1", "old2", "old3", "fresh"]) {
      const path = await writeLog(dir, 2, name);
      heads.set(path, (await verifyAudit(path)).files[0]?.head ?? "");
      if (name !== "fresh") age(path, 200);
    }
    expect(await enforceRetention(dir, { maxAgeDays: 90 })).toHaveLength(3);
    expect(logsIn(dir)).toEqual(["audit-fresh.jsonl"]);
    const entries = readLines(join(dir, "audit.index"));
    expect(verifyByHand(join(dir, "audit.index"))).toBe(11);
    expect(entries[8]).toMatchObject({
      event_type: "segment_deleted",
      data: { records: 2, file: "audit-old1.jsonl", reason: "age", head: heads.get(join(dir, "audit-old1.jsonl")) },
    });
    expect(await verifyAudit(dir)).toMatchObject({
      ok: true,
      deleted: [1, 2, 3].map((old) => `audit-old${old}.jsonl`),
    });
  });

  test("deletes the oldest until the rest is small enough", async () => {
    const dir = temporaryDir();
    for (let index = 0; index < 10; index += 1) {
      const path = join(dir, `audit-${index}.jsonl`);
      writeFileSync(path, "x".repeat(200_000));
      age(path, 20 - index);
    }
    expect(await enforceRetention(dir, { maxSizeMb: 1 })).toEqual(
      [0, 1, 2, 3, 4].map((index) => `audit-${index}.jsonl`),
    );
    expect(logsIn(dir)).toHaveLength(5);
  });

  test("counts what is in use, and deletes the next ones in its place", async () => {
    const dir = temporaryDir();
    await using open = new AuditLogger({ dir, sessionId: "open" });
    const text = "x".repeat(50_000);
    for (let count = 0; count < 12; count += 1) await open.record({ type: "host_event", data: { count, text } });
    age(open.path, 30);
    for (let index = 0; index < 4; index += 1) {
      const path = join(dir, `audit-${index}.jsonl`);
      writeFileSync(path, "x".repeat(200_000));
      age(path, 20 - index);
    }
    expect(await enforceRetention(dir, { maxSizeMb: 1 })).toEqual(["audit-0.jsonl", "audit-1.jsonl", "audit-2.jsonl"]);
    expect(logsIn(dir)).toEqual(["audit-3.jsonl", "audit-open.jsonl"]);
  });

  test("runs when a logger closes", async () => {
    const dir = temporaryDir();
    age(await writeLog(dir, 1, "old"), 200);
    await using audit = new AuditLogger({ dir, sessionId: "new", retentionDays: 90 });
    await audit.record({ type: "host_event", data: {} });
    await audit.close();
    expect(logsIn(dir)).toEqual(["audit-new.jsonl"]);
  });

  test("keeps what tells why content was erased as long as the log is there, and counts no erasure as a change", async () => {
    const dir = temporaryDir();
    const write = async (sessionId: string) => {
      await using log = new AuditLogger({ dir, sessionId });
      await log.record({ type: "host_event", data: {}, content: { text: "a secret" } });
      return log.path;
    };
    const [old, young] = [await write("old"), await write("young")];
    age(old, 200);
    const { log } = await eraseAuditContent(dir, { isEverything: true, filter: {}, reason: "request 4" });
    expect(statSync(old).mtimeMs).toBeLessThan(Date.now() - 199 * DAY_MS);
    age(log ?? "", 100);
    expect(await enforceRetention(dir, { maxAgeDays: 90 })).toEqual(["audit-old.jsonl"]);
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, files: [{}, {}] });
    age(young, 95);
    expect(await enforceRetention(dir, { maxAgeDays: 90 })).toEqual(["audit-young.jsonl", basename(log ?? "")]);
    // Nothing is left, and the index says why.
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, files: [] });
  });
});
