import { constants, type Stats } from "node:fs";
import { lstat, open, realpath, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { outsideError } from "./file-error.ts";
import type { LocatedPath, PathAccess, PinnedDirectory } from "./path-access.ts";

/**
 * Access by paths, for systems without descriptor paths (macOS, Windows): real paths are looked up, and device and
 * inode numbers are compared after opening and after writing. A directory that a hostile process swaps for a link and
 * back within microseconds may escape the comparison: confine that process (sandbox "os" or "docker") where it matters.
 */
export const portableAccess: PathAccess = {
  async locate(path): Promise<LocatedPath> {
    const realPath = await realpath(path);
    const stats = await lstat(realPath);
    return {
      realPath,
      stats,
      openForReading: () => openSame(realPath, stats),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
  async pin(path) {
    return await pinReal(await realpath(path));
  },
};

async function openSame(path: string, expected: Stats): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  try {
    if (isSameFile(await handle.stat(), expected) && (await realpath(path)) === path) return handle;
    throw outsideError(path, "was replaced while it was opened");
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function pinReal(realPath: string): Promise<PinnedDirectory> {
  const pinned = await lstat(realPath);
  if (!pinned.isDirectory()) {
    throw Object.assign(new Error(`ENOTDIR: not a directory, '${realPath}'`), { code: "ENOTDIR" });
  }
  return {
    realPath,
    entry: (name) => join(realPath, name),
    enter: (name) => pinReal(join(realPath, name)),
    async verify() {
      const isSame = isSameFile(await lstat(realPath), pinned) && (await realpath(realPath)) === realPath;
      if (!isSame) throw outsideError(realPath, "was replaced while it was used");
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function isSameFile(left: Stats, right: Stats): boolean {
  return left.dev === right.dev && left.ino === right.ino;
}
