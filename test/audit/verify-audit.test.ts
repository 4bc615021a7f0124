import { appendFileSync, copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, test, vi } from "vitest";

import { AuditLogger, verifyAudit, type ChainProblem } from "../../src/audit/index.ts";
import { temporaryDir, writeLog } from "./audit-files.ts";

async function firstBad(path: string): Promise<{ line: number; reason: ChainProblem } | undefined> {
  const { ok, files } = await verifyAudit(path);
  expect(ok).toBe(files[0]?.firstBad === undefined);
  return files[0]?.firstBad;
}

describe("verifyAudit() finds", () => {
  test("a change of any byte, in the right line", async () => {
    const dir = temporaryDir();
    const path = await writeLog(dir, 4);
    const original = readFileSync(path);
    for (let index = 0; index < original.length; index += 1) {
      const changed = Buffer.from(original);
      changed[index] = (changed[index] ?? 0) ^ 1;
      writeFileSync(path, changed);
      const line = original.subarray(0, index).filter((byte) => byte === 10).length + 1;
      expect(await firstBad(path), `byte ${index}`).toMatchObject({ line, seq: line - 1 });
    }
  });

  test("a cut at any byte but a line's end", async () => {
    const path = await writeLog(temporaryDir(), 3);
    const original = readFileSync(path);
    for (let length = 1; length < original.length; length += 1) {
      if (original[length - 1] === 10) continue;
      writeFileSync(path, original.subarray(0, length));
      expect((await firstBad(path))?.reason, `length ${length}`).toBe("torn_line");
    }
  });

  test.each<[string, (lines: string[]) => string[], number, ChainProblem]>([
    ["a swap", ([a = "", b = "", c = "", d = ""]) => [a, c, b, d], 2, "wrong_sequence"],
    ["a duplicate", ([a = "", b = "", ...rest]) => [a, b, b, ...rest], 3, "wrong_sequence"],
    ["a gap", ([a = "", , ...rest]) => [a, ...rest], 2, "wrong_sequence"],
    ["a missing beginning", ([, ...rest]) => rest, 1, "wrong_sequence"],
    ["a line of something else", ([a = "", ...rest]) => [a, "{}", ...rest], 2, "malformed"],
    ["an empty line", ([a = "", ...rest]) => [a, "", ...rest], 2, "malformed"],
    ["another digit", ([a = "", ...rest]) => [a.replace('"count":0', '"count":5'), ...rest], 1, "wrong_hash"],
    ["Windows line ends", (lines) => lines.map((line) => `${line}\r`), 1, "malformed"],
  ])("%s", async (_name, change, line, reason) => {
    const path = await writeLog(temporaryDir(), 4);
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    writeFileSync(
      path,
      change(lines)
        .map((each) => `${each}\n`)
        .join(""),
    );
    expect(await firstBad(path)).toEqual({ line, seq: line - 1, reason });
  });

  test("two logs put together", async () => {
    const dir = temporaryDir();
    const [first, second] = [await writeLog(dir, 3, "a"), await writeLog(dir, 5, "b")];
    const [one, two] = [first, second].map((path) => readFileSync(path, "utf8").split("\n"));
    writeFileSync(first, [...(one ?? []).slice(0, 3), ...(two ?? []).slice(3)].join("\n"));
    expect(await firstBad(first)).toMatchObject({ line: 4, reason: "broken_link" });
  });

  test("an emptied file, a missing one, a directory without logs, a line without end", async () => {
    const dir = temporaryDir();
    expect(await verifyAudit(dir)).toMatchObject({
      ok: false,
      files: [],
      problem: expect.stringContaining("no audit log") as unknown,
    });
    expect(await verifyAudit(join(dir, "missing"))).toMatchObject({ ok: false, files: [] });
    const path = await writeLog(dir, 1);
    truncateSync(path, 0);
    expect((await firstBad(path))?.reason).toBe("empty");
    writeFileSync(path, Buffer.alloc(17 * 1024 * 1024, "x"));
    expect((await firstBad(path))?.reason).toBe("line_too_long");
  });

  test("one bad log among good ones", async () => {
    const dir = temporaryDir();
    await writeLog(dir, 2, "good");
    appendFileSync(await writeLog(dir, 2, "bad"), "x\n");
    const report = await verifyAudit(dir);
    expect(report.ok).toBe(false);
    expect(report.files.map(({ ok, records }) => [ok, records])).toEqual([
      [false, 2],
      [true, 2],
    ]);
  });
});

describe("verifyAudit()", () => {
  // A chain says nothing about what should have come: `records` and `head` kept elsewhere do.
  test("cannot see whole lines cut off from a file alone, but its report tells the difference", async () => {
    const path = await writeLog(temporaryDir(), 3);
    const copy = join(temporaryDir(), "copy");
    copyFileSync(path, copy);
    const before = (await verifyAudit(copy)).files[0];
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(copy, `${lines.slice(0, 2).join("\n")}\n`);
    const after = (await verifyAudit(copy)).files[0];
    expect(after).toMatchObject({ ok: true, records: 2 });
    expect(after?.head).not.toBe(before?.head);
  });

  test("reads a log of any length in chunks", async () => {
    const path = await writeLog(temporaryDir(), 20_000);
    expect((await verifyAudit(path)).files[0]).toMatchObject({ ok: true, records: 20_000 });
  });
});

describe("verifyAudit() warns", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const clock = () => vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  const openBeating = (dir: string) => new AuditLogger({ dir, sessionId: "s1", sync: "never", heartbeatMs: 1000 });
  const note = (audit: AuditLogger) => audit.record({ type: "host_event", sessionId: "s1", data: {} });

  async function writeBeats(pauses: readonly number[]): Promise<string> {
    vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1", sync: "never", heartbeatMs: 1000 });
    const note = async (count: number): Promise<void> =>
      await audit.record({ type: "host_event", sessionId: "s1", data: { count } });
    await note(0);
    for (const [index, pause] of pauses.entries()) {
      vi.advanceTimersByTime(1000);
      vi.setSystemTime(Date.now() + pause);
      await note(index + 1);
    }
    await audit.close();
    return audit.path;
  }

  test("of heartbeats that did not come, without calling the chain broken", async () => {
    const { ok, files } = await verifyAudit(await writeBeats([0, 0, 60_000, 0]));
    expect(ok).toBe(true);
    // A record, then a heartbeat and a record for each pause.
    expect(files[0]?.silences).toEqual([{ seq: 6, ms: 60_000, announcedMs: 1000 }]);
  });

  test("not of one that came late", async () => {
    const { files } = await verifyAudit(await writeBeats([0, 900, 1900, 0]));
    expect(files[0]?.records).toBe(9);
    expect(files[0]).not.toHaveProperty("silences");
  });

  test("not of the time in which a log was closed", async () => {
    clock();
    const dir = temporaryDir();
    for (let turn = 0; turn < 2; turn += 1) {
      const audit = openBeating(dir);
      await note(audit);
      vi.advanceTimersByTime(1000);
      await audit.close();
      vi.setSystemTime(Date.now() + 3_600_000);
    }
    const { files } = await verifyAudit(dir);
    expect(files).toMatchObject([{ ok: true, records: 4, isClosed: true }]);
    expect(files[0]).not.toHaveProperty("silences");
    expect(files[0]).not.toHaveProperty("silentSince");
  });

  test.each([
    { beats: 0, records: 1 },
    { beats: 3, records: 4 },
  ])("of a log that nobody closed and that fell silent after $beats heartbeats", async ({ beats, records }) => {
    clock();
    const dir = temporaryDir();
    const audit = openBeating(dir);
    await note(audit);
    vi.advanceTimersByTime(beats * 1000);
    await audit.flush();
    const died = Date.now();
    const at = async (ms: number) => await verifyAudit(dir, { now: died + ms });
    expect((await at(2000)).files[0]).not.toHaveProperty("silentSince");
    const { ok, files } = await at(7_200_000);
    expect(ok).toBe(true);
    const timestamp = new Date(died).toISOString();
    expect(files).toMatchObject([{ records, isClosed: false }]);
    expect(files[0]?.silentSince).toEqual({ timestamp, ms: 7_200_000, announcedMs: 1000 });
    await audit.close();
    expect((await at(7_200_000)).files[0]).not.toHaveProperty("silentSince");
  });

  test("of such a log that stands alone, without its index, once it has told of heartbeats", async () => {
    clock();
    const audit = openBeating(temporaryDir());
    await note(audit);
    vi.advanceTimersByTime(1000);
    await audit.flush();
    const copy = join(temporaryDir(), "copy.jsonl");
    copyFileSync(audit.path, copy);
    const { files } = await verifyAudit(copy, { now: Date.now() + 60_000 });
    expect(files[0]?.silentSince).toMatchObject({ ms: 60_000, announcedMs: 1000 });
    await audit.close();
  });
});
