import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";

import { describeError } from "../errors/index.ts";
import { createChainReader, type BadPlace } from "./chain-reader.ts";
import { listLogs, RETENTION_FILE } from "./list-logs.ts";

/** What verification found. */
export interface AuditReport {
  /** Every file is sound, and there is at least one. */
  readonly ok: boolean;
  readonly files: readonly AuditFileReport[];
  /** Why there was nothing to verify. */
  readonly problem?: string;
}

/** What verification found in one file. */
export interface AuditFileReport {
  readonly file: string;
  /** Sound records, up to the first bad one. */
  readonly records: number;
  /** Hash of the last sound record. Kept elsewhere, it shows later whether the log was cut or written anew. */
  readonly head: string;
  readonly ok: boolean;
  readonly firstBad?: BadPlace;
}

/**
 * Verifies the chain of a log, or of every log in a directory. Streams, and never throws for what it reads: bad logs,
 * and logs that are not there, are a report.
 *
 * Finds every edit, gap, swap, duplicate and torn end. What a chain alone cannot show: lines cut off at the end, a
 * whole file deleted, or written anew by somebody who hashes anew. For these compare `head` and `records` with values
 * that were kept elsewhere.
 */
export async function verifyAudit(pathOrDir: string): Promise<AuditReport> {
  const listed = await listFiles(pathOrDir);
  if (typeof listed === "string") return { ok: false, files: [], problem: listed };
  if (listed.length === 0) return { ok: false, files: [], problem: `There is no audit log in ${pathOrDir}` };
  const files: AuditFileReport[] = [];
  for (const file of listed) files.push(await verifyFile(file));
  return { ok: files.every(({ ok }) => ok), files };
}

async function listFiles(pathOrDir: string): Promise<readonly string[] | string> {
  try {
    if (!(await stat(pathOrDir)).isDirectory()) return [pathOrDir];
    const logs = (await listLogs(pathOrDir)).map(({ path }) => path);
    const retention = join(pathOrDir, RETENTION_FILE);
    const hasRetention = await stat(retention).then(
      () => true,
      () => false,
    );
    return hasRetention ? [...logs, retention] : logs;
  } catch (error) {
    return `${pathOrDir} cannot be read: ${describeError(error)}`;
  }
}

async function verifyFile(file: string): Promise<AuditFileReport> {
  const reader = createChainReader();
  let isUnreadable = false;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
      // A stream without an encoding gives bytes.
      if (!reader.push(chunk as Uint8Array)) break;
    }
  } catch {
    isUnreadable = true;
  }
  const { records, head, firstBad } = reader.finish();
  if (isUnreadable) {
    return { file, records, head, ok: false, firstBad: { line: records + 1, seq: records, reason: "unreadable" } };
  }
  return firstBad === undefined ? { file, records, head, ok: true } : { file, records, head, ok: false, firstBad };
}
