import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { AuditLogger, eraseAuditContent, queryAudit, verifyAudit } from "../../src/audit/index.ts";
import { erasedMark } from "../../src/audit/check-line.ts";
import { readLines, temporaryDir } from "./audit-files.ts";
import { writeSignedLog } from "./signing.ts";

/** All bytes of a directory. */
function bytesOf(dir: string): string {
  return readdirSync(dir)
    .map((name) => readFileSync(join(dir, name), "utf8"))
    .join("\n");
}

describe("eraseAuditContent()", () => {
  test("refuses to erase everything by accident, or without a reason", async () => {
    const { dir, path } = await writeSignedLog(temporaryDir());
    await expect(eraseAuditContent(path, { filter: { session: "s1" }, reason: "x" })).rejects.toThrow(/directory/);
    await expect(eraseAuditContent(path, { filter: { session: "no" }, reason: "x" })).rejects.toThrow(/directory/);
    await expect(eraseAuditContent(dir, { filter: {}, reason: "x" })).rejects.toThrow(TypeError);
    await expect(eraseAuditContent(dir, { filter: { session: undefined as never }, reason: "x" })).rejects.toThrow(
      TypeError,
    );
    await expect(eraseAuditContent(dir, { filter: { session: "s1" }, reason: " " })).rejects.toThrow(TypeError);
    await expect(eraseAuditContent(dir, { filter: { sesion: "s1" } as never, reason: "x" })).rejects.toThrow(/sesion/);
  });

  test("leaves nothing of the content on the disk, and chain, index, checkpoints and anchors valid", async () => {
    const { dir, path, publicKey, anchored, signer } = await writeSignedLog(temporaryDir());
    const salts = readLines(path).flatMap(({ salt }) => (typeof salt === "string" ? [salt] : []));
    expect(salts).toHaveLength(30);
    expect(bytesOf(dir)).toContain("person-3@example.com");
    const before = readFileSync(path).length;
    const filter = { session: "s1", tool: "Bash" };
    const erasure = await eraseAuditContent(dir, { filter, reason: "request 17", requestedBy: "dpo", signer });
    expect(erasure.records).toBe(30);
    const after = bytesOf(dir);
    expect(after).not.toContain("person-");
    expect(salts.filter((salt) => after.includes(salt))).toEqual([]);
    expect(readFileSync(path)).toHaveLength(before);
    const report = await verifyAudit(dir, { publicKey, anchors: anchored });
    expect(report).toMatchObject({ ok: true });
    expect(report.files.find(({ file }) => file === path)).toMatchObject({
      records: 50,
      erased: 30,
      signedRecords: 50,
    });
    expect(readLines(erasure.log ?? "")).toMatchObject([
      { event_type: "content_erased", data: { file: "audit-s1.jsonl", reason: "request 17", requestedBy: "dpo" } },
    ]);
    // What is not erasable stays.
    const outcomes = await Array.fromAsync(queryAudit(dir, { type: "tool_outcome" }));
    expect(outcomes).toHaveLength(10);
    expect(outcomes[0]).toMatchObject({ erased: true, data: { outcome: "completed", decision: { rule: "tests" } } });
    expect(outcomes[0]?.content).toBeUndefined();
  });

  test("erases once, and says so once", async () => {
    const { dir } = await writeSignedLog(temporaryDir());
    const options = { filter: { callId: "call-1" }, reason: "again" };
    expect((await eraseAuditContent(dir, options)).records).toBe(30);
    expect(await eraseAuditContent(dir, options)).toEqual({ records: 0, log: undefined });
  });

  test("works beside a writer that goes on", async () => {
    const dir = temporaryDir();
    const audit = new AuditLogger({ dir, sessionId: "live" });
    await audit.record({ type: "host_event", sessionId: "a", data: {}, content: { name: "Ada Lovelace" } });
    await eraseAuditContent(dir, { filter: { session: "a" }, reason: "request" });
    await audit.record({ type: "host_event", sessionId: "b", data: {}, content: { name: "Charles Babbage" } });
    await audit.close();
    expect(bytesOf(dir)).not.toContain("Lovelace");
    expect(readLines(audit.path)[1]).toMatchObject({ content: { name: "Charles Babbage" } });
    expect((await verifyAudit(dir)).ok).toBe(true);
  });

  test("leaves bytes of which none can be changed, added or taken away, and content that nobody can put back", async () => {
    const { dir, path } = await writeSignedLog(temporaryDir());
    const before = readFileSync(path);
    await eraseAuditContent(dir, { filter: { type: "tool_effect" }, reason: "request" });
    const erased = readFileSync(path);
    const start = erased.indexOf(',"erased":true');
    const end = erased.indexOf("\n", start);
    for (let index = start; index < end; index += 1) {
      const [head, tail] = [erased.subarray(0, index), erased.subarray(index)];
      for (const changed of [
        [head, tail.subarray(1)],
        [head, Buffer.from(" "), tail],
        [head, Buffer.from("x"), tail.subarray(1)],
      ]) {
        writeFileSync(path, Buffer.concat(changed));
        const [file] = (await verifyAudit(path)).files;
        if (file?.firstBad?.line !== erased.subarray(0, start).toString().split("\n").length)
          expect.fail(`byte ${index}`);
      }
    }
    writeFileSync(path, before);
    expect(await verifyAudit(dir)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/the content of record \d+ was to be erased and is still there/) as unknown,
    });
  });

  test("content that somebody removed without a record of it is found", async () => {
    const { dir, path } = await writeSignedLog(temporaryDir());
    const lines = readFileSync(path, "utf8").split("\n");
    const at = lines.findIndex((line) => line.includes(',"salt":"'));
    const line = lines[at] ?? "";
    const kept = line.slice(0, line.indexOf(',"salt":"'));
    writeFileSync(
      path,
      lines.with(at, kept + erasedMark(Buffer.byteLength(line) - Buffer.byteLength(kept))).join("\n"),
    );
    expect(await verifyAudit(dir)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(`the content of record ${at} was erased and nothing says why`) as unknown,
    });
    writeFileSync(path, lines.with(at, `${kept}}`).join("\n"));
    expect((await verifyAudit(path)).files[0]?.firstBad).toMatchObject({ seq: at, reason: "content_missing" });
  });
});

describe("content and facts", () => {
  test("whatever keys they have, the seal of a line is found", async () => {
    const hostile = {
      hash: "0".repeat(64),
      salt: "x",
      nested: { prev: "y", hash: `${"1".repeat(64)}"}`, content: '","hash":"' },
      list: [{ a: 1, hash: "z", erased: true }],
    };
    const dir = temporaryDir();
    const audit = new AuditLogger({ dir, sessionId: "s1" });
    await audit.record({ type: "host_event", data: hostile, content: hostile });
    await audit.record({ type: "host_event", data: hostile });
    await audit.close();
    expect((await verifyAudit(dir)).ok).toBe(true);
    expect(readLines(audit.path)).toMatchObject([{ data: hostile, content: hostile }, { data: hostile }]);
  });
});
