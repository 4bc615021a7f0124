import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { AuditChainError, describeError, HarnessError } from "../errors/index.ts";
import { isMissing } from "./read-regular.ts";

/** The index of a directory: a chain of its own that names every log, also those that retention deleted. */
export const INDEX_FILE = "audit.index";
/** The latest checkpoint of a log stands beside it, in a file with this ending. */
export const CHECKPOINT_SUFFIX = ".checkpoint";

const LOG_NAME = /^audit-[A-Za-z0-9_-]{1,128}\.jsonl$/;

/** The log of one session. */
export function logName(sessionId: string): string {
  return `audit-${sessionId}.jsonl`;
}

/** The name of a new log that several sessions share. */
export function sharedLogName(now: number, id: string): string {
  const time = new Date(now).toISOString().replaceAll(/[-:.]/g, "");
  return `audit-${time}-${id.replaceAll("-", "").slice(0, 8)}.jsonl`;
}

/** Whether a name is that of a log: nothing else in a directory is looked at. */
export function isLogName(name: string): boolean {
  return LOG_NAME.test(name);
}

/** A log file. */
export interface LogFileInfo {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Something else under a log's name, a pipe for one, may never come to an end; a link may lead anywhere. */
  readonly isFile: boolean;
}

/** The logs of a directory by name. Throws the system's error where it cannot be read. */
export async function listLogs(dir: string): Promise<readonly LogFileInfo[]> {
  const names = (await readdir(dir)).filter((name) => isLogName(name)).toSorted();
  const found: LogFileInfo[] = [];
  for (const name of names) {
    const path = join(dir, name);
    const info = await lstat(path).catch(ignoreMissing);
    // Retention may have deleted it meanwhile.
    if (info === undefined) continue;
    found.push({ path, name, bytes: info.size, modifiedMs: info.mtimeMs, isFile: info.isFile() });
  }
  return found;
}

function ignoreMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

/**
 * The logs that a path means: the file itself, or those of a directory. Throws `AuditChainError` for something else under
 * a log's name.
 */
export async function logsOf(pathOrDir: string): Promise<readonly string[]> {
  if (!(await isFolder(pathOrDir))) return [pathOrDir];
  return (await listLogs(pathOrDir)).map(({ path, isFile }) => {
    if (isFile) return path;
    throw new AuditChainError(`${path} is not a regular file; run harness audit verify`);
  });
}

/** Whether a path is a folder of logs, not a log. Throws code "audit_failed" for a path where there is nothing. */
export async function isFolder(pathOrDir: string): Promise<boolean> {
  try {
    return (await stat(pathOrDir)).isDirectory();
  } catch (cause) {
    const message = `There is no audit log at ${pathOrDir}: ${describeError(cause)}`;
    throw new HarnessError(message, { code: "audit_failed", cause });
  }
}
