import type { Stats } from "node:fs";

import type { FileState } from "../spec/index.ts";

/** The state of a file as the port tells it. */
export function toFileState(stats: Stats, path: string): FileState {
  const { size, mtimeMs, ino, mode, nlink } = stats;
  return { path, size, mtimeMs, ino, mode, links: nlink };
}

/** Whether a file still is what it was. Its mode and its other names don't count. */
export function isSameState(left: FileState, right: FileState): boolean {
  return left.ino === right.ino && left.size === right.size && left.mtimeMs === right.mtimeMs;
}

/** What stands at a path, in words; `undefined` for a regular file. */
export function describeKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "a directory";
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}
