import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

const MAX_LINKS = 40;

/**
 * Follows the symbolic links of an absolute path as far as it exists, also links to what does not exist yet: a write
 * through such a link makes its target. `undefined` when the file system does not tell.
 */
export function realPath(path: string): string | undefined {
  return follow(path, MAX_LINKS);
}

function follow(path: string, linksLeft: number): string | undefined {
  try {
    // Looking first is cheaper than an exception for a file that is yet to be made.
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync.native(path);
    if (linksLeft === 0) return undefined;
  } catch (error) {
    if (linksLeft === 0 || !isMissing(error)) return undefined;
  }
  const parent = dirname(path);
  if (parent === path) return path;
  const realParent = follow(parent, linksLeft - 1);
  if (realParent === undefined) return undefined;
  const name = join(realParent, basename(path));
  const target = linkTarget(name);
  return target === undefined ? name : follow(resolve(realParent, target), linksLeft - 1);
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}
