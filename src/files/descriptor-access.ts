import { constants } from "node:fs";
import { open, readlink, realpath, type FileHandle } from "node:fs/promises";

import { outsideError } from "./file-error.ts";
import type { LocatedPath, PathAccess, PinnedDirectory } from "./path-access.ts";

/** Linux: a descriptor that stands for a place without opening what is there. Node does not name the constant. */
const O_PATH = 0o10000000;

/**
 * Access through descriptors: a path is followed once, then `/proc/self/fd/N` tells where it led and stands for that
 * file or directory from there on. A link or directory swapped between check and use changes nothing; devices and
 * named pipes are never opened.
 */
export const descriptorAccess: PathAccess = {
  async locate(path) {
    return await toLocated(await open(path, O_PATH), path);
  },
  async pin(path) {
    return await toPinned(await open(path, O_PATH | constants.O_DIRECTORY));
  },
};

/** Whether this system shows descriptors as paths. */
export async function hasDescriptorPaths(directory: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    await using pinned = await descriptorAccess.pin(directory);
    return pinned.realPath === (await realpath(directory));
  } catch {
    return false;
  }
}

async function toLocated(handle: FileHandle, path: string): Promise<LocatedPath> {
  try {
    const stats = await handle.stat();
    if (stats.nlink === 0) throw outsideError(path, "was removed while it was opened");
    return {
      stats,
      realPath: await readlink(pathOf(handle)),
      openForReading: () => open(pathOf(handle), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function toPinned(handle: FileHandle): Promise<PinnedDirectory> {
  try {
    const realPath = await readlink(pathOf(handle));
    return {
      realPath,
      entry: (name) => `${pathOf(handle)}/${name}`,
      enter: async (name) =>
        await toPinned(await open(`${pathOf(handle)}/${name}`, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)),
      // The descriptor is the directory: there is nothing that could have been replaced.
      verify: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}
