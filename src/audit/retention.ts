import { open, rm } from "node:fs/promises";

import { findErased } from "./erasures.ts";
import { CHECKPOINT_SUFFIX, listLogs, type LogFileInfo } from "./list-logs.ts";
import { appendIndex } from "./log-index.ts";
import { parseRecord } from "./parse-record.ts";
import { isMissing } from "./read-regular.ts";
import type { CheckpointSigner } from "./signed-note.ts";
import { isLocked } from "./writer-lock.ts";

/** Which logs are kept. */
export interface RetentionOptions {
  /** Days since a log's last change. */
  readonly maxAgeDays?: number | undefined;
  /** Megabytes (10^6 bytes) of all logs together. */
  readonly maxSizeMb?: number | undefined;
  /** Milliseconds since the epoch. @default now */
  readonly now?: number;
  /** Signs the index that tells of the deletion. */
  readonly signer?: CheckpointSigner | undefined;
}

const DAY_MS = 86_400_000;
/** Enough for most last lines; one that is longer gives no head. */
const TAIL_BYTES = 64 * 1024;

/**
 * Deletes whole logs: those too old, then the oldest until the rest is small enough. Never one that somebody writes to, nor
 * one that tells why content of a log that stays was erased.
 * Each deletion is on record first: the index keeps a tombstone with the log's name, size, records and last hash, so
 * that what is gone by rule is told from what was removed. Returns the names of what was deleted; a directory that is
 * not there holds nothing.
 */
export async function enforceRetention(dir: string, options: RetentionOptions): Promise<readonly string[]> {
  const logs = await listExisting(dir);
  const doomed = await keepReasons(chooseLogs(logs, options), logs);
  const { now = Date.now(), signer } = options;
  const deleted: string[] = [];
  for (const { log, reason } of doomed) {
    const end = await readEnd(log).catch(ignoreMissing);
    if (end === undefined) continue;
    const data = {
      file: log.name,
      reason,
      bytes: log.bytes,
      ...end,
      modified: new Date(log.modifiedMs).toISOString(),
    };
    // On the disk before the log is gone.
    appendIndex({ dir, now: () => now, signer, isDurable: true }, [{ type: "segment_deleted", data }]);
    await rm(log.path, { force: true });
    await rm(`${log.path}${CHECKPOINT_SUFFIX}`, { force: true });
    deleted.push(log.name);
  }
  return deleted;
}

/** Another process keeps to the same rule, and was faster. */
function ignoreMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

interface DoomedLog {
  readonly log: LogFileInfo;
  readonly reason: "age" | "size";
}

function chooseLogs(logs: readonly LogFileInfo[], options: RetentionOptions): readonly DoomedLog[] {
  const { maxAgeDays, maxSizeMb, now = Date.now() } = options;
  const oldest = logs.toSorted((left, right) => left.modifiedMs - right.modifiedMs);
  const limit = maxAgeDays === undefined ? Number.NEGATIVE_INFINITY : now - maxAgeDays * DAY_MS;
  let bytes = logs.reduce((sum, log) => sum + log.bytes, 0);
  const doomed: DoomedLog[] = [];
  for (const log of oldest) {
    const isOld = log.modifiedMs < limit;
    const isTooMuch = maxSizeMb !== undefined && bytes > maxSizeMb * 1_000_000;
    // One that stays is no room.
    if ((!isOld && !isTooMuch) || !log.isFile || isLocked(log.path)) continue;
    bytes -= log.bytes;
    doomed.push({ log, reason: isOld ? "age" : "size" });
  }
  return doomed;
}

/** Leaves out what tells of erasures in logs that stay; what tells of erasures at all goes last, in case this is cut short. */
async function keepReasons(chosen: readonly DoomedLog[], logs: readonly LogFileInfo[]): Promise<readonly DoomedLog[]> {
  const names = new Set(chosen.map(({ log }) => log.name));
  const staying = new Set(logs.map(({ name }) => name).filter((name) => !names.has(name)));
  const silent: DoomedLog[] = [];
  const telling: DoomedLog[] = [];
  for (const doomed of chosen) {
    const erased = await findErased(doomed.log.path).catch(ignoreMissing);
    if (erased === undefined) continue;
    if (erased.length === 0) silent.push(doomed);
    else if (!erased.some((file) => staying.has(file))) telling.push(doomed);
  }
  return [...silent, ...telling];
}

/** How a log ends; `null` where its last line does not tell. */
async function readEnd({
  path,
  bytes,
}: LogFileInfo): Promise<{ readonly records: number | null; readonly head: string | null }> {
  const buffer = Buffer.alloc(Math.min(TAIL_BYTES, bytes));
  const file = await open(path);
  try {
    await file.read(buffer, 0, buffer.length, bytes - buffer.length);
  } finally {
    await file.close();
  }
  const last = parseRecord(buffer.toString().trimEnd().split("\n").at(-1) ?? "");
  return last === undefined ? { records: null, head: null } : { records: last.seq + 1, head: last.hash };
}

async function listExisting(dir: string): Promise<readonly LogFileInfo[]> {
  try {
    return await listLogs(dir);
  } catch (error) {
    return ignoreMissing(error) ?? [];
  }
}
