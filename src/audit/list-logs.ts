import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** The record of logs that retention deleted: a chain of its own. */
export const RETENTION_FILE = "retention.jsonl";

const LOG_NAME = /^audit-[A-Za-z0-9_-]{1,128}\.jsonl$/;

/** The log of a session. */
export function logName(sessionId: string): string {
  return `audit-${sessionId}.jsonl`;
}

/** A log file. */
export interface LogFileInfo {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** The logs of a directory by name. Throws the system's error where it cannot be read. */
export async function listLogs(dir: string): Promise<readonly LogFileInfo[]> {
  const names = (await readdir(dir)).filter((name) => LOG_NAME.test(name)).toSorted();
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(dir, name);
      const { size, mtimeMs } = await stat(path);
      return { path, name, bytes: size, modifiedMs: mtimeMs };
    }),
  );
  return found;
}

/** The logs that a path means: the file itself, or those of a directory. */
export async function logsOf(pathOrDir: string): Promise<readonly string[]> {
  const info = await stat(pathOrDir);
  return info.isDirectory() ? (await listLogs(pathOrDir)).map(({ path }) => path) : [pathOrDir];
}
