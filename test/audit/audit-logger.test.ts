import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { AuditChainError, AuditLogger, queryAudit, verifyAudit } from "../../src/audit/index.ts";
import { HarnessError } from "../../src/errors/index.ts";
import { readLines, temporaryDir, verifyByHand, writeLog } from "./audit-files.ts";

describe("AuditLogger refuses", () => {
  test.each(["", "..", "a/b", "a.b", "a\0", "x".repeat(129), "ä"])("the session id %j", async (sessionId) => {
    const dir = temporaryDir();
    const isInvalid = (error: unknown): boolean => HarnessError.isInstance(error) && error.code === "session_invalid";
    expect(isInvalid(catchError(() => new AuditLogger({ dir, sessionId })))).toBe(true);
    const audit = new AuditLogger({ dir });
    expect(isInvalid(catchError(() => audit.record({ type: "host_event", sessionId, data: {} })))).toBe(true);
  });

  test.each([{ retentionDays: 0 }, { retentionDays: -1 }, { retentionMaxSizeMb: Number.NaN }])(
    "limits that are none: %j",
    (limits) => {
      expect(() => new AuditLogger(limits)).toThrow(RangeError);
    },
  );

  test("an unknown sync", () => {
    // @ts-expect-error a word that does not exist
    expect(() => new AuditLogger({ sync: "sometimes" })).toThrow(TypeError);
  });

  test("names that are no texts, and times that are none; what comes next is written", async () => {
    let now = Number.NaN;
    await using audit = new AuditLogger({ dir: temporaryDir(), clock: { now: () => now } });
    const record = async (more: object): Promise<void> => await audit.record({ type: "host_event", data: {}, ...more });
    await expect(record({})).rejects.toMatchObject({ code: "audit_failed" });
    now = 0;
    for (const name of ["agent", "toolUseId", "tool"]) {
      for (const value of [5, null, {}]) await expect(record({ [name]: value })).rejects.toThrow(TypeError);
    }
    await record({ agent: "a\u2028\0\ud800", toolUseId: "", tool: "\n" });
    await audit.close();
    expect(await Array.fromAsync(queryAudit(audit.dir))).toHaveLength(1);
  });

  test("to go on with a broken chain", async () => {
    const dir = temporaryDir();
    const path = await writeLog(dir, 3);
    writeFileSync(path, readFileSync(path, "utf8").replace('"count":1', '"count":7'));
    const error = catchError(() => new AuditLogger({ dir, sessionId: "s1" }).record({ type: "host_event", data: {} }));
    expect(AuditChainError.isInstance(error)).toBe(true);
    expect(String(error)).toContain("line 2");
  });

  test("a link or a directory in the log's place", async () => {
    const dir = temporaryDir();
    writeFileSync(join(dir, "elsewhere"), "");
    symlinkSync(join(dir, "elsewhere"), join(dir, "audit-link.jsonl"));
    mkdirSync(join(dir, "audit-dir.jsonl"));
    for (const sessionId of ["link", "dir"]) {
      expect(() => new AuditLogger({ dir, sessionId }).record({ type: "host_event", data: {} })).toThrow(HarnessError);
    }
    expect(readFileSync(join(dir, "elsewhere"), "utf8")).toBe("");
  });

  test("a second writer in the same process, until the first has closed", async () => {
    const dir = temporaryDir();
    const first = new AuditLogger({ dir, sessionId: "s1" });
    await first.record({ type: "host_event", data: {} });
    const second = new AuditLogger({ dir, sessionId: "s1" });
    const error = catchError(() => second.record({ type: "host_event", data: {} }));
    expect(HarnessError.isInstance(error) && error.code).toBe("audit_failed");
    await first.close();
    await second.record({ type: "host_event", data: {} });
    await second.close();
    expect(verifyByHand(first.path)).toBe(2);
  });

  test("a second writer in another process", async () => {
    const dir = temporaryDir();
    const child = await startWriter(dir, "s1");
    const error = catchError(() => new AuditLogger({ dir, sessionId: "s1" }).record({ type: "host_event", data: {} }));
    expect(HarnessError.isInstance(error) && error.code).toBe("audit_failed");
    expect(String(error)).toContain(`process ${child.pid}`);
    await child.kill();
  });

  test("a lock of which nobody can tell whose it is", async () => {
    const dir = temporaryDir();
    writeFileSync(join(dir, "audit-s1.jsonl.lock"), "garbage");
    expect(() => new AuditLogger({ dir, sessionId: "s1" }).record({ type: "host_event", data: {} })).toThrow(/delete/);
    writeFileSync(
      join(dir, "audit-s1.jsonl.lock"),
      JSON.stringify({ pid: 1, started: "", host: "some-other-machine", nonce: "x" }),
    );
    expect(() => new AuditLogger({ dir, sessionId: "s1" }).record({ type: "host_event", data: {} })).toThrow(
      /some-other-machine/,
    );
  });

  test("everything after it was closed", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    await audit.close();
    await audit.close();
    expect(() => audit.record({ type: "host_event", data: {} })).toThrow(HarnessError);
  });

  test("a record whose redaction throws, and writes nothing of it", async () => {
    const dir = temporaryDir();
    const audit = new AuditLogger({
      dir,
      sessionId: "s1",
      redact: () => {
        throw new Error("boom");
      },
    });
    const error = catchError(() => audit.record({ type: "host_event", data: { text: "secret" } }));
    expect(HarnessError.isInstance(error) && error.code).toBe("audit_failed");
    await audit.close();
    expect(await verifyAudit(dir)).toMatchObject({ ok: false, files: [] });
  });

  test.skipIf(process.platform !== "linux")("to go on after a write has failed (a disk that is full)", async () => {
    const dir = temporaryDir();
    // The child's limit on the size of files makes the system refuse the write.
    const script = `
      import { AuditLogger } from ${JSON.stringify(new URL("../../src/audit/index.ts", import.meta.url).href)};
      process.on("SIGXFSZ", () => {});
      const audit = new AuditLogger({ dir: ${JSON.stringify(dir)}, sessionId: "s1" });
      const codes = [];
      for (let count = 0; count < 40; count += 1) {
        try { await audit.record({ type: "host_event", data: { text: "x".repeat(1000) } }); await audit.flush(); codes.push("ok"); }
        catch (error) { codes.push(error.code); }
      }
      try { await audit.close(); codes.push("closed"); } catch (error) { codes.push(error.code); }
      console.log(codes.join(" "));
    `;
    const child = spawn("bash", [
      "-c",
      'ulimit -f 16; exec "$0" "$@"',
      process.execPath,
      "--input-type=module",
      "-e",
      script,
    ]);
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await new Promise((resolve) => child.on("exit", resolve));
    const codes = output.trim().split(" ");
    expect(codes.at(0)).toBe("ok");
    expect(codes.at(-1)).toBe("audit_failed");
    const first = codes.indexOf("audit_failed");
    expect(codes.slice(first).every((code) => code === "audit_failed")).toBe(true);
    const audit = new AuditLogger({ dir, sessionId: "s1" });
    await audit.record({ type: "host_event", data: {} });
    await audit.close();
    // What was acknowledged is there, nothing torn to recover from, then the new record.
    expect(verifyByHand(audit.path)).toBe(first + 1);
  });
});

describe("AuditLogger", () => {
  test("chains records from 64 zeros, in a fixed order of keys, and anybody can verify it", async () => {
    const dir = temporaryDir();
    const path = await writeLog(dir, 4);
    expect(verifyByHand(path)).toBe(4);
    const lines = readLines(path);
    expect(lines.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(lines[0]?.["prev"]).toBe("0".repeat(64));
    expect(Object.keys(lines[0] ?? {})).toEqual([
      "v",
      "seq",
      "timestamp",
      "event_type",
      "session_id",
      "agent",
      "data",
      "prev",
      "hash",
    ]);
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, files: [{ file: path, records: 4, ok: true }] });
  });

  test("makes its directory and file for the owner alone", async () => {
    const dir = join(temporaryDir(), "new", "audit");
    const path = await writeLog(dir, 1);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    await writeLog(dir, 1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("writes nothing before the first record", async () => {
    const dir = join(temporaryDir(), "audit");
    await new AuditLogger({ dir, sessionId: "s1" }).close();
    expect(() => statSync(dir)).toThrow();
  });

  test("goes on with the chain of a session", async () => {
    const dir = temporaryDir();
    await writeLog(dir, 2);
    const path = await writeLog(dir, 3);
    expect(verifyByHand(path)).toBe(5);
  });

  test("goes on with a log that is longer than what is read at once", async () => {
    const dir = temporaryDir();
    await writeLog(dir, 5000);
    const path = await writeLog(dir, 5000);
    expect(verifyByHand(path)).toBe(10_000);
  });

  test.each([1, 10, 100])("cuts a torn last line off (%d bytes are missing) and says so", async (missing) => {
    const dir = temporaryDir();
    const path = await writeLog(dir, 3);
    const { size } = statSync(path);
    truncateSync(path, size - missing);
    await writeLog(dir, 1);
    const lines = readLines(path);
    expect(verifyByHand(path)).toBe(4);
    expect(lines[2]).toMatchObject({ event_type: "log_recovered", seq: 2, data: { droppedBytes: size / 3 - missing } });
  });

  test("says so when the file was emptied", async () => {
    const dir = temporaryDir();
    const path = await writeLog(dir, 3);
    truncateSync(path, 0);
    await writeLog(dir, 1);
    expect(readLines(path)[0]).toMatchObject({ event_type: "log_recovered", data: { droppedBytes: 0 } });
  });

  test("loses nothing that was acknowledged when the process is killed, and takes its lock over", async () => {
    const dir = temporaryDir();
    for (let round = 0; round < 4; round += 1) {
      const child = await startWriter(dir, "s1");
      const acknowledged = await child.kill();
      const audit = new AuditLogger({ dir, sessionId: "s1" });
      await audit.record({ type: "host_checked", data: {} });
      await audit.close();
      verifyByHand(audit.path);
      const counts = readLines(audit.path).filter(({ agent }) => agent === String(child.pid)).length;
      expect(acknowledged).toBeGreaterThan(0);
      expect(counts).toBeGreaterThanOrEqual(acknowledged);
    }
  });

  test("keeps one new file for all sessions, or the file of the session that is named", async () => {
    const dir = temporaryDir();
    const all = new AuditLogger({ dir });
    for (const sessionId of ["a", "b", "a"]) await all.record({ type: "host_event", sessionId, data: {} });
    await all.close();
    expect(readLines(all.path).map(({ session_id: session }) => session)).toEqual(["a", "b", "a"]);
    const next = new AuditLogger({ dir });
    await next.record({ type: "host_event", sessionId: "a", data: {} });
    await next.close();
    expect(next.path).not.toBe(all.path);
    expect((await verifyAudit(dir)).files).toHaveLength(2);

    const one = new AuditLogger({ dir, sessionId: "one" });
    await one.record({ type: "host_event", sessionId: "a", data: {} });
    await one.record({ type: "host_event", sessionId: "b", data: {} });
    await one.close();
    expect(readLines(one.path).map(({ session_id: session }) => session)).toEqual(["a", "b"]);
  });

  test("flush() and sync: always have records on the disk", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    void audit.record({ type: "host_event", data: {} });
    await audit.flush();
    expect(verifyByHand(audit.path)).toBe(1);
    await audit.close();
    const always = new AuditLogger({ dir: temporaryDir(), sessionId: "s1", sync: "always" });
    await always.record({ type: "host_event", data: {} });
    expect(verifyByHand(always.path)).toBe(1);
    await always.close();
  });

  test("keeps the order of many records at once", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    await Promise.all(
      Array.from({ length: 2000 }, async (_, count) => {
        await audit.record({ type: "host_event", data: { count, text: "y".repeat(1000) } });
        if (count % 100 === 0) await audit.flush();
      }),
    );
    await audit.close();
    expect(verifyByHand(audit.path)).toBe(2000);
    expect(readLines(audit.path).map(({ seq }) => seq)).toEqual(Array.from({ length: 2000 }, (_, count) => count));
  });

  test("keeps order and bytes of records that are longer than what may wait, between short ones", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    const texts = [1, 3, 50_000, 2, 60_000, 43_000, 1].map((length) => "€".repeat(length));
    for (const text of texts) audit.append({ type: "host_event", data: { text, again: text } });
    await audit.close();
    expect(verifyByHand(audit.path)).toBe(texts.length);
    const written = readLines(audit.path).map(({ data }) => data);
    expect(written).toEqual(texts.map((text) => ({ text, again: text })));
  });

  test("writes whatever data holds as JSON", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    const ring: Record<string, unknown> = { name: "ring" };
    ring["ring"] = ring;
    const strange = {
      lone: "\uD800",
      lines: "a\nb\u2028c",
      ["__proto__"]: { polluted: true },
      big: 1n,
      nan: Number.NaN,
      none: undefined,
      fn: () => {},
      bytes: new Uint8Array(5),
      ring,
      long: "z".repeat(200_000),
      wide: Array.from({ length: 60_000 }, () => 0),
    };
    // What hosts without types may pass.
    await audit.record({ type: "host_strange", data: strange as never });
    await audit.record({ type: "host_event", data: {} });
    await audit.close();
    expect(verifyByHand(audit.path)).toBe(2);
    const data = readLines(audit.path)[0]?.["data"] as Record<string, unknown>;
    expect(data).toMatchObject({
      lines: "a\nb\u2028c",
      big: "[bigint]",
      nan: "NaN",
      fn: "[function]",
      bytes: "[5 bytes]",
    });
    expect(String(data["long"])).toMatch(/\[cut: 200000 characters, sha256 [0-9a-f]{64}\]$/);
    expect(Object.hasOwn(data, "none")).toBe(false);
  });

  test("keeps the log readable whatever hosts without types pass", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    for (const data of [undefined, null, 5, "text", [1], new Uint8Array(3), () => {}]) {
      await audit.record({ type: "host_event", data: data as never, content: data as never });
    }
    await audit.close();
    expect((await verifyAudit(audit.path)).ok).toBe(true);
    const records = await Array.fromAsync(queryAudit(audit.path));
    expect(records.map(({ data }) => data)).toEqual([
      { value: "[undefined]" },
      { value: null },
      { value: 5 },
      { value: "text" },
      { value: [1] },
      { value: "[3 bytes]" },
      { value: "[function]" },
    ]);
  });

  test("writes a line that can be read again, however large the data", async () => {
    const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1" });
    await audit.record({ type: "host_large", data: { texts: Array.from({ length: 400 }, () => "\0".repeat(60_000)) } });
    await audit.record({ type: "host_event", data: {} });
    await audit.close();
    expect((await verifyAudit(audit.path)).ok).toBe(true);
  });
});

/** Starts a process that writes records and tells how many are acknowledged. */
async function startWriter(dir: string, sessionId: string) {
  const script = `
    import { AuditLogger } from ${JSON.stringify(new URL("../../src/audit/index.ts", import.meta.url).href)};
    const audit = new AuditLogger({ dir: ${JSON.stringify(dir)}, sessionId: ${JSON.stringify(sessionId)} });
    for (let count = 1; ; count += 1) {
      await audit.record({ type: "host_event", agent: String(process.pid), data: { count, text: "x".repeat(count % 5000) } });
      if (count % 7 === 0) { await audit.flush(); process.stdout.write(count + "\\n"); }
    }
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.on("exit", () => reject(new Error("The writer ended before it wrote anything")));
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      resolve();
    });
  });
  return {
    pid: child.pid,
    /** Kills it and tells how many records it said were written. */
    async kill(): Promise<number> {
      const ended = new Promise((resolve) => child.on("close", resolve));
      child.kill("SIGKILL");
      await ended;
      return Number(output.split("\n").at(-2) ?? 0);
    },
  };
}

function catchError(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
