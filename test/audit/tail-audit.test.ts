import { expect, test } from "vitest";

import { AuditLogger, tailAudit } from "../../src/audit/index.ts";
import { temporaryDir, writeLog } from "./audit-files.ts";

test("tailAudit() refuses a log by itself, and a directory that is not there", async () => {
  const dir = temporaryDir();
  const { signal } = new AbortController();
  for (const path of [await writeLog(dir, 2), `${dir}/missing`]) {
    await expect(tailAudit(path, { signal }).next()).rejects.toMatchObject({ code: "audit_failed" });
  }
});

test("tailAudit() gives what is written, from the start where it is asked for, until it is aborted", async () => {
  const dir = temporaryDir();
  await writeLog(dir, 2, "before");
  const ended = new AbortController();
  const seen: unknown[] = [];
  const following = (async () => {
    for await (const { session_id: session } of tailAudit(dir, { signal: ended.signal, isFromStart: true })) {
      seen.push(session);
      if (seen.length === 5) ended.abort();
    }
  })();
  await expect.poll(() => seen.length).toBe(2);
  await using audit = new AuditLogger({ dir });
  for (const sessionId of ["a", "b", "c"]) await audit.record({ type: "host_event", sessionId, data: {} });
  await following;
  expect(seen).toEqual(["before", "before", "a", "b", "c"]);
});
