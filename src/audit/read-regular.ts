import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";

import { AuditChainError } from "../errors/index.ts";

/** Whoever writes logs makes no links; and opening waits for nobody: a pipe may stand in the place of a file. */
export const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Reads a file whole that a log's writer has made. Throws `AuditChainError` for one that is none, or larger than
 * `most` bytes, and the system's error for one that cannot be opened, a link for example.
 */
export async function readRegular(path: string, most: number): Promise<Buffer> {
  // Without `using`: programs of tests write logs with the sources on Node 22, too.
  const file = await open(path, FLAGS);
  try {
    checkFile(path, await file.stat(), most);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The same, at once. */
export function readRegularSync(path: string, most: number): Buffer {
  const fd = openSync(path, FLAGS);
  try {
    checkFile(path, fstatSync(fd), most);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function checkFile(path: string, info: Stats, most: number): void {
  if (!info.isFile()) throw new AuditChainError(`${path} is not a regular file`);
  if (info.size > most) throw new AuditChainError(`${path} has ${info.size} bytes, more than it may have`);
}

/** What errors say that find nothing in a place. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
