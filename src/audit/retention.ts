import { open, rm } from "node:fs/promises";
import { join } from "node:path";

import { HarnessError } from "../errors/index.ts";
import { listLogs, RETENTION_FILE, type LogFileInfo } from "./list-logs.ts";
import { openLogFile, type LogFile } from "./log-file.ts";
import { isLocked } from "./writer-lock.ts";

/** Which logs are kept. */
export interface RetentionOptions {
  /** Days since a log's last change. */
  readonly maxAgeDays?: number | undefined;
  /** Megabytes (10^6 bytes) of all logs together. */
  readonly maxSizeMb?: number | undefined;
  /** Milliseconds since the epoch. @default now */
  readonly now?: number;
}

const DAY_MS = 86_400_000;
/** Enough for the last hash of a log. */
const TAIL_BYTES = 128;

/**
 * Deletes whole logs: those too old, then the oldest until the rest is small enough. Never one that somebody writes to.
 * Each deletion is on record first, in a chain of its own (`retention.jsonl`) with the log's name, size and last hash.
 * Returns the names of what was deleted; a directory that is not there holds nothing. When another process is at it,
 * nothing is done.
 */
export async function enforceRetention(dir: string, options: RetentionOptions): Promise<readonly string[]> {
  const doomed = chooseLogs(await listExisting(dir), options);
  if (doomed.length === 0) return [];
  const tombstones = openTombstones(dir);
  if (tombstones === undefined) return [];
  try {
    const deleted: string[] = [];
    for (const { log, reason } of doomed) {
      if (isLocked(log.path)) continue;
      await bury(tombstones, { log, reason, now: options.now ?? Date.now() });
      deleted.push(log.name);
    }
    return deleted;
  } finally {
    tombstones.close();
  }
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
    if (!isOld && !isTooMuch) continue;
    bytes -= log.bytes;
    doomed.push({ log, reason: isOld ? "age" : "size" });
  }
  return doomed;
}

/** On record, on the disk, and only then deleted. */
async function bury(tombstones: LogFile, { log, reason, now }: DoomedLog & { readonly now: number }): Promise<void> {
  const data = {
    file: log.name,
    bytes: log.bytes,
    reason,
    modified: new Date(log.modifiedMs).toISOString(),
    head: await readHead(log),
  };
  const ts = new Date(now).toISOString();
  tombstones.append({ ts, session: "retention", agent: "main", type: "log_deleted", data });
  await tombstones.sync();
  await rm(log.path, { force: true });
}

function openTombstones(dir: string): LogFile | undefined {
  try {
    return openLogFile(join(dir, RETENTION_FILE), { isDurable: true, onError: () => {} });
  } catch (error) {
    if (HarnessError.isInstance(error) && error.code === "audit_failed") return undefined;
    throw error;
  }
}

/** The hash in a log's last line; `null` where there is none. */
async function readHead({ path, bytes }: LogFileInfo): Promise<string | null> {
  const buffer = Buffer.alloc(Math.min(TAIL_BYTES, bytes));
  const file = await open(path);
  try {
    await file.read(buffer, 0, buffer.length, bytes - buffer.length);
  } finally {
    await file.close();
  }
  return /"hash":"([0-9a-f]{64})"\}\n$/.exec(buffer.toString("latin1"))?.[1] ?? null;
}

async function listExisting(dir: string): Promise<readonly LogFileInfo[]> {
  try {
    return await listLogs(dir);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
