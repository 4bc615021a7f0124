import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { AuditLogger, queryAudit, verifyAudit } from "../../src/audit/index.ts";
import { HarnessError } from "../../src/errors/index.ts";
import { findStillMounts } from "../../src/sandbox/os/still-mounts.ts";
import { allowed, makeCall, readLines, temporaryDir, verifyByHand, writeLog } from "./audit-files.ts";
import { makeSigner, writeSignedLog } from "./signing.ts";

const AUDIT = JSON.stringify(new URL("../../src/audit/index.ts", import.meta.url).href);
const hasBwrap = (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, "bwrap")));
const BWRAP = [...(await findStillMounts()), "bwrap"];
const isSkipped = !hasBwrap && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

/** Runs a script as a process of its own, perhaps inside something. */
function start(script: string, wrapper: readonly string[] = []): ChildProcess & { readonly output: () => string } {
  const [command, ...args] = [...wrapper, process.execPath, "--input-type=module", "-e", script];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return Object.assign(child, { output: () => output });
}

/** Appends a thousand records and says of each that it is written; every tenth is on the disk as well. */
const thousand = (dir: string, session: string): string => `
  import { AuditLogger } from ${AUDIT};
  const audit = new AuditLogger({ dir: ${JSON.stringify(dir)}, ${session} });
  for (let count = 1; count <= 1000; count += 1) {
    await audit.record({
      type: "host_event", agent: String(process.pid),
      data: { count, text: "x".repeat((count * 37) % 900) }, content: { text: "y".repeat((count * 53) % 500) },
    });
    if (count % 10 === 0) await audit.flush();
    process.stdout.write(count + "\\n");
  }
  await audit.close();
  process.stdout.write("closed\\n");
`;

function acknowledged(output: string): number {
  // The last line may be torn like a record's.
  return Number(output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1) ?? 0) || 0;
}

describe("kill -9 while records are written", () => {
  test("fifty times: nothing acknowledged is lost, and the chain is valid after the next opening", async () => {
    const dir = temporaryDir();
    const kept = new Map<string, number>();
    let tornOrOpen = 0;
    for (let round = 0; round < 50; round += 1) {
      // Half of them go on with one session's log, half begin a log of their own.
      const child = start(thousand(dir, round % 2 === 0 ? 'sessionId: "s1"' : ""));
      await once(child.stdout ?? child, "data");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      const ended = once(child, "close");
      child.kill("SIGKILL");
      await ended;
      kept.set(String(child.pid), acknowledged(child.output()));
      tornOrOpen += child.output().includes("closed") ? 0 : 1;
    }
    const audit = new AuditLogger({ dir, sessionId: "s1" });
    await audit.record({ type: "host_event", data: {} });
    await audit.close();
    expect(await verifyAudit(dir)).toMatchObject({ ok: true });
    const counts = new Map<string, number>();
    for (const name of readdirSync(dir).filter((each) => each.endsWith(".jsonl"))) {
      verifyByHand(join(dir, name));
      for (const { agent } of readLines(join(dir, name)))
        counts.set(String(agent), (counts.get(String(agent)) ?? 0) + 1);
    }
    for (const [pid, count] of kept) expect(counts.get(pid) ?? 0, `writer ${pid}`).toBeGreaterThanOrEqual(count);
    expect(tornOrOpen).toBeGreaterThan(0);
    expect(readdirSync(dir).filter((name) => name.endsWith(".lock"))).toEqual([]);
  });

  test("a log that its writer left is closed by the next one, its torn end cut off and told", async () => {
    const dir = temporaryDir();
    const child = start(thousand(dir, ""));
    await once(child.stdout ?? child, "data");
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
    const [name = ""] = readdirSync(dir).filter((each) => each.endsWith(".jsonl"));
    const left = join(dir, name);
    appendFileSync(left, '{"v":2,"seq":');
    // The kill may have torn a line itself.
    const torn = Buffer.byteLength(readFileSync(left, "utf8").split("\n").at(-1) ?? "");
    expect((await verifyAudit(dir)).ok).toBe(false);
    await using next = new AuditLogger({ dir });
    await next.record({ type: "host_event", data: {} });
    await next.close();
    expect(readLines(left).at(-1)).toMatchObject({ event_type: "log_recovered", data: { droppedBytes: torn } });
    expect(readLines(join(dir, "audit.index")).at(-2)).toMatchObject({
      event_type: "segment_closed",
      data: { file: name, reason: "recovered" },
    });
    const { ok, files } = await verifyAudit(dir);
    expect(ok).toBe(true);
    expect(files.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });

  test("one that died while it took a lock over is taken over itself", async () => {
    const dir = temporaryDir();
    const dead = JSON.stringify({ pid: 2 ** 30, started: "", host: hostname(), nonce: "x" });
    writeFileSync(join(dir, "audit-s1.jsonl.lock"), dead);
    writeFileSync(join(dir, "audit-s1.jsonl.lock.takeover"), dead);
    await using audit = new AuditLogger({ dir, sessionId: "s1" });
    await audit.record({ type: "host_event", data: {} });
    await audit.close();
    expect(readdirSync(dir).filter((name) => name.includes(".lock"))).toEqual([]);
  });

  test("an empty file that its writer had no time to name is no finding; the next writer closes it", async () => {
    const dir = temporaryDir();
    await writeSignedLog(dir);
    writeFileSync(join(dir, "audit-unborn.jsonl"), "");
    writeFileSync(
      join(dir, "audit-unborn.jsonl.lock"),
      JSON.stringify({ pid: 2 ** 30, started: "", host: hostname(), nonce: "x" }),
    );
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, files: [{ records: 50 }] });
    await writeSignedLog(dir);
    expect(await verifyAudit(dir)).toMatchObject({
      ok: true,
      files: [{ records: 100 }, { records: 1, isClosed: true }],
    });
  });

  test("a torn end of the index is cut off", async () => {
    const dir = temporaryDir();
    await writeSignedLog(dir);
    appendFileSync(join(dir, "audit.index"), '{"v":2');
    await writeSignedLog(dir);
    expect(verifyByHand(join(dir, "audit.index"))).toBe(4);
    expect((await verifyAudit(dir)).ok).toBe(true);
  });
});

describe("a disk that", () => {
  test.skipIf(isSkipped)(
    "is full stops the log; what was acknowledged is there when there is room again (bwrap)",
    async () => {
      const dir = temporaryDir();
      const script = `
      import { rmSync, writeFileSync } from "node:fs";
      import { AuditLogger, verifyAudit, queryAudit } from ${AUDIT};
      const dir = ${JSON.stringify(dir)};
      writeFileSync(dir + "/ballast", Buffer.alloc(400_000));
      const audit = new AuditLogger({ dir: dir + "/logs", sessionId: "s1" });
      let acknowledged = 0, code, after, closing;
      for (let count = 0; count < 2000 && code === undefined; count += 1) {
        try { await audit.record({ type: "host_event", data: { count, text: "x".repeat(700) } }); await audit.flush(); acknowledged += 1; }
        catch (error) { code = error.code; }
      }
      try { audit.append({ type: "host_event", data: {} }); } catch (error) { after = error.code; }
      try { await audit.close(); } catch (error) { closing = error.code; }
      rmSync(dir + "/ballast");
      const again = new AuditLogger({ dir: dir + "/logs", sessionId: "s1" });
      await again.record({ type: "host_again", data: {} });
      await again.close();
      const report = await verifyAudit(dir + "/logs");
      const counts = [];
      for await (const record of queryAudit(dir + "/logs", { type: "host_event" })) counts.push(record.data.count);
      const isWhole = counts.slice(0, acknowledged).every((count, index) => count === index);
      console.log(JSON.stringify({ acknowledged, code, after, closing, ok: report.ok, kept: counts.length, isWhole }));
    `;
      const wrapper = [...BWRAP, "--dev-bind", "/", "/", "--size", "600000", "--tmpfs", dir];
      const child = start(script, wrapper);
      await once(child, "close");
      const told = JSON.parse(child.output()) as Record<string, unknown>;
      expect(told).toMatchObject({
        code: "audit_failed",
        after: "audit_failed",
        closing: "audit_failed",
        ok: true,
        isWhole: true,
      });
      expect(told["acknowledged"]).toBeGreaterThan(10);
      expect(told["kept"]).toBeGreaterThanOrEqual(Number(told["acknowledged"]));
    },
  );

  test.skipIf(isSkipped)("cannot be written to refuses the first record (bwrap)", async () => {
    const dir = temporaryDir();
    const script = `
      import { AuditLogger } from ${AUDIT};
      const audit = new AuditLogger({ dir: ${JSON.stringify(dir)} });
      try { await audit.record({ type: "host_event", data: {} }); console.log("written"); }
      catch (error) { console.log(error.code, error.message); }
    `;
    const child = start(script, [...BWRAP, "--dev-bind", "/", "/", "--ro-bind", dir, dir]);
    await once(child, "close");
    expect(child.output()).toMatch(/^audit_failed .*EROFS/);
  });

  test.skipIf(process.platform !== "linux")(
    "takes a part of what is written leaves no torn line: not in a log, not in the view of costs",
    async () => {
      const root = temporaryDir();
      const script = (dir: string): string => `
      import { AuditLogger } from ${AUDIT};
      process.on("SIGXFSZ", () => {});
      const audit = new AuditLogger({ dir: "${dir}", costView: "${dir}.costs" });
      let acknowledged = 0;
      try {
        for (;;) {
          await audit.record({ type: "model_call", cost: 0.5, data: { model: "m".repeat(300) } });
          await audit.flush();
          acknowledged += 1;
        }
      } catch (error) { console.log(acknowledged, error.code); }
      try { await audit.close(); } catch {}
    `;
      // KiB that a file may have: the log, its index and the view end in a line at another place each time.
      const rounds = Array.from({ length: 6 }, async (_, index) => {
        const dir = join(root, String(index + 1));
        const child = start(script(dir), ["bash", "-c", 'ulimit -f $0; exec "$@"', String(index + 1)]);
        await once(child, "close");
        const [acknowledged = "", code] = child.output().trim().split(" ");
        expect(code).toBe("audit_failed");
        expect(await verifyAudit(dir)).toMatchObject({ ok: true });
        const kept = await Array.fromAsync(queryAudit(dir, { type: "model_call" }));
        expect(kept.length).toBeGreaterThanOrEqual(Number(acknowledged));
        expect(readCosts(`${dir}.costs`).every((cost) => cost === 0.5)).toBe(true);
        return Number(acknowledged);
      });
      expect(Math.max(...(await Promise.all(rounds)))).toBeGreaterThan(0);
    },
  );

  test("was full when somebody else died: the next one's costs begin a line of their own", async () => {
    const dir = temporaryDir();
    const costView = join(dir, "costs.jsonl");
    for (const left of ["", '{"cost":1}\n', '{"cost":1}\n{"cost":2,"mod', '{"cost":2,"mod']) {
      writeFileSync(costView, left);
      const audit = new AuditLogger({ dir: join(dir, "logs"), costView });
      await audit.record({ type: "host_paid", cost: 4, data: {} });
      await audit.close();
      expect(readCosts(costView), left).toEqual(left.includes("\n") ? [1, 4] : [4]);
    }
  });
});

/** What the script of the seed reads. */
function readCosts(path: string): readonly unknown[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { readonly cost: unknown }).cost);
}

describe("several writers", () => {
  test("of one directory write a log each, and one index", async () => {
    const dir = temporaryDir();
    const children = Array.from({ length: 4 }, () => start(thousand(dir, "")));
    await Promise.all(children.map((child) => once(child, "close")));
    expect(children.map((child) => child.output().endsWith("closed\n"))).toEqual([true, true, true, true]);
    const report = await verifyAudit(dir);
    expect(report.ok).toBe(true);
    expect(report.files.map(({ records, isClosed }) => [records, isClosed])).toEqual(
      Array.from({ length: 4 }, () => [1000, true]),
    );
    expect(verifyByHand(join(dir, "audit.index"))).toBe(8);
  });

  test("is not recovered when its lock is gone by the time that somebody looks: it was closed meanwhile", async () => {
    const dir = temporaryDir();
    const path = await writeLog(dir, 3);
    // Listed, and not there any more.
    symlinkSync(join(dir, "gone"), `${path}.lock`);
    const other = new AuditLogger({ dir, sessionId: "other" });
    await other.record({ type: "host_event", data: {} });
    await other.close();
    const { ok, files } = await verifyAudit(dir);
    expect(ok).toBe(true);
    expect(files.map(({ file, records }) => [basename(file), records])).toEqual([
      ["audit-other.jsonl", 1],
      [basename(path), 3],
    ]);
  });

  test("one whose lock was taken over writes nothing any more", async () => {
    const dir = temporaryDir();
    const audit = new AuditLogger({ dir, sessionId: "s1" });
    await audit.record({ type: "host_event", data: { count: 1 } });
    const before = readFileSync(audit.path, "utf8");
    // What another machine does that takes this writer for dead.
    rmSync(`${audit.path}.lock`);
    writeFileSync(`${audit.path}.lock`, JSON.stringify({ pid: 1, started: "", host: "another", nonce: "x" }));
    await expect(audit.record({ type: "host_event", data: { count: 2 } })).rejects.toThrow(/taken over/);
    expect(() => audit.append({ type: "host_event", data: {} })).toThrow(HarnessError);
    await expect(audit.close()).rejects.toThrow(HarnessError);
    expect(readFileSync(audit.path, "utf8")).toBe(before);
    expect(existsSync(`${audit.path}.lock`)).toBe(true);
  });

  test("one whose file somebody else wrote to, or cut, writes nothing any more", async () => {
    const { signer } = makeSigner();
    for (const change of [
      (path: string) => appendFileSync(path, "x\n"),
      (path: string) => truncateSync(path, statSync(path).size - 1),
    ]) {
      const audit = new AuditLogger({ dir: temporaryDir(), sessionId: "s1", signer });
      await audit.record({ type: "host_event", data: {} });
      change(audit.path);
      await expect(audit.record({ type: "host_event", data: {} })).rejects.toThrow(/bytes, not the/);
      await expect(audit.close()).rejects.toThrow(HarnessError);
    }
  });
});

describe("a log that is full", () => {
  test("has what was waited for on the disk, also at the border to the next one", async () => {
    for (const sync of ["effect", "always", "never"] as const) {
      const audit = new AuditLogger({ dir: temporaryDir(), maxSegmentMb: 0.002, sync });
      for (let count = 0; count < 20; count += 1) {
        const { path } = audit;
        const { call, prepared, result } = makeCall();
        const entry = await audit.openCall(call, { sessionId: "s1", agent: "main" });
        await entry.effect(prepared, allowed);
        const written = [path, audit.path].map((each) => (existsSync(each) ? readFileSync(each, "utf8") : ""));
        expect(written.join("").match(/tool_effect/g)?.length ?? 0, `${sync} ${count}`).toBeGreaterThan(0);
        await audit.record({ type: "host_event", data: { marker: `m${count}` } });
        expect(
          [path, audit.path].some((each) => existsSync(each) && readFileSync(each, "utf8").includes(`"m${count}"`)),
        ).toBe(true);
        await entry.close(result, []);
      }
      await audit.close();
      expect((await verifyAudit(audit.dir)).ok).toBe(true);
    }
  });

  test("goes on in a new one, and both are closed and signed", async () => {
    const dir = temporaryDir();
    const { signer, publicKey } = makeSigner();
    const audit = new AuditLogger({ dir, signer, maxSegmentMb: 0.05 });
    const first = audit.path;
    for (let count = 0; count < 200; count += 1) {
      await audit.record({ type: "host_event", data: { count, text: "x".repeat(700) } });
    }
    expect(audit.path).not.toBe(first);
    await audit.close();
    const { ok, files } = await verifyAudit(dir, { publicKey });
    expect(ok).toBe(true);
    expect(files.length).toBeGreaterThan(2);
    expect(files.every(({ isClosed, records, signedRecords }) => isClosed && records === signedRecords)).toBe(true);
    expect(files.reduce((sum, { records }) => sum + records, 0)).toBe(200);
    const previous = readLines(join(dir, "audit.index")).filter(({ event_type: type }) => type === "segment_opened");
    expect(previous.at(-1)).toMatchObject({
      data: { previous: { file: expect.stringMatching(/^audit-/) as unknown } },
    });
  });
});
