import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { AuditLogger, queryAudit, verifyAudit } from "../../src/audit/index.ts";
import { putPipe, temporaryDir } from "./audit-files.ts";
import { writeSignedLog } from "./signing.ts";

test("a pipe in the place of an index, a checkpoint, a tree or a lock holds no writer up either", async () => {
  for (const name of ["audit.index", "audit.index.checkpoint", "audit.index.tree", "audit-s1.jsonl.checkpoint"]) {
    const log = await writeSignedLog(temporaryDir());
    putPipe(join(log.dir, name));
    const audit = new AuditLogger({ dir: log.dir, sessionId: "s1", signer: log.signer });
    const write = async () => await audit.record({ type: "host_event", data: {} });
    if (name === "audit.index") await expect(write()).rejects.toThrow(/does not end with a sound entry/);
    else await write();
    await audit.close().catch(() => undefined);
  }
  const { dir, path } = await writeSignedLog(temporaryDir());
  execFileSync("mkfifo", [`${path}.lock`]);
  expect(await verifyAudit(dir)).toMatchObject({ ok: true });
  await using audit = new AuditLogger({ dir, sessionId: "s1" });
  // It may be somebody's.
  const write = async () => await audit.record({ type: "host_event", data: {} });
  await expect(write()).rejects.toThrow(/is written to by another writer/);
});

test("anchors that were changed, or hold nothing of the key, are told", async () => {
  const { dir, publicKey, anchored } = await writeSignedLog(temporaryDir());
  const [first = "", ...rest] = anchored;
  const root = first.split("\n")[2] ?? "";
  for (const changed of [first.replace("\n20\n", "\n21\n"), first.replace(root, root.toLowerCase()), `x${first}`]) {
    expect(await verifyAudit(dir, { publicKey, anchors: [changed, ...rest] })).toMatchObject({
      ok: false,
      problem: expect.stringContaining("A checkpoint of the anchors is not what was signed") as unknown,
    });
  }
  for (const anchors of [[""], ["nothing\n"], [anchored[0]?.slice(0, 40) ?? ""], await anchorsOfAnother()]) {
    expect(await verifyAudit(dir, { publicKey, anchors })).toMatchObject({
      ok: false,
      problem: expect.stringContaining("No anchor holds a checkpoint that this key signed") as unknown,
    });
  }
  // Several logs may share an anchor.
  const anchors = [...(await anchorsOfAnother()), ...anchored];
  expect(await verifyAudit(dir, { publicKey, anchors })).toMatchObject({ ok: true });
});

async function anchorsOfAnother(): Promise<readonly string[]> {
  return (await writeSignedLog(temporaryDir(), { sessionId: "theirs" })).anchored;
}

test("a pipe or a link to nowhere under a log's name is told, and nobody waits for it", async () => {
  const { dir } = await writeSignedLog(temporaryDir());
  symlinkSync(join(dir, "nowhere"), join(dir, "audit-link.jsonl"));
  execFileSync("mkfifo", [join(dir, "audit-pipe.jsonl")]);
  const { ok, files } = await verifyAudit(dir);
  expect(ok).toBe(false);
  expect(files.map(({ firstBad }) => firstBad?.reason)).toEqual(["unreadable", "unreadable", undefined]);
  rmSync(join(dir, "audit-link.jsonl"));
  const read = async () => {
    for await (const _record of queryAudit(dir)) break;
  };
  await expect(read()).rejects.toThrow(/audit-pipe\.jsonl is not a regular file/);
});
