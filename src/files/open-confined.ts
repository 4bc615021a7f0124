import { chmod, mkdir, readdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Dirent } from "node:fs";

import type { DirectoryEntry, Files, FileState } from "../spec/index.ts";
import type { Confinement } from "./confinement.ts";
import { isMissing, isSystemError, notRegularError, outsideError, toFileError } from "./file-error.ts";
import { describeKind, toFileState } from "./file-state.ts";
import type { LocatedPath, PathAccess, PinnedDirectory } from "./path-access.ts";
import { createPathLocks } from "./path-locks.ts";
import { readLocated } from "./read-located.ts";
import { lstatIfAny, replaceFile } from "./replace-file.ts";

/** What confined files are made of. */
export interface ConfinedParts {
  readonly cwd: string;
  readonly roots: readonly string[];
  readonly confinement: Confinement;
  readonly access: PathAccess;
  readonly isGroupShared: boolean;
}

/** Makes the port of rules and access. */
export function openConfined(parts: ConfinedParts): Files {
  const { cwd, roots, confinement, access, isGroupShared } = parts;
  const locks = createPathLocks();
  return {
    cwd,
    roots,
    resolve: (path) => named(path, async () => (await follow(path, parts)).realPath),
    read: (path, options = {}) =>
      named(path, async () => {
        await using located = await locateInside(path, parts);
        return await readLocated(located, path, options);
      }),
    write: (path, data, { expect } = {}) =>
      named(path, async () => {
        confinement.assertWritable(confinement.toAbsolute(path), path);
        const { realPath } = await follow(path, parts);
        confinement.assertWritable(realPath, path);
        const bytes = typeof data === "string" ? Buffer.from(data) : data;
        return await locks.run(realPath, async () => {
          await using directory = await pinParent(realPath, path, parts);
          return await replaceFile(directory, { name: basename(realPath), path, data: bytes, expect, isGroupShared });
        });
      }),
    stat: (path) => named(path, () => statFile(path, parts)),
    list: (path) =>
      named(path, async () => {
        await using directory = await access.pin(confinement.toAbsolute(path));
        confinement.assertInside(directory.realPath, path);
        const entries = await readdir(directory.entry("."), { withFileTypes: true });
        await directory.verify();
        return entries.map(toEntry);
      }),
    remove: (path) => named(path, () => removeFile(path, parts)),
  };
}

/** Tells the system's errors with the path that the caller gave. */
async function named<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw toFileError(error, path);
  }
}

async function locateInside(path: string, { access, confinement }: FollowParts): Promise<LocatedPath> {
  const absolute = confinement.toAbsolute(path);
  let located: LocatedPath;
  try {
    located = await access.locate(absolute);
  } catch (error) {
    // Whether something outside exists is nobody's business: what leads there is refused before it is missed.
    if (isMissing(error)) await follow(path, { access, confinement });
    throw error;
  }
  try {
    confinement.assertInside(located.realPath, path);
    return located;
  } catch (error) {
    await located[Symbol.asyncDispose]();
    throw error;
  }
}

async function statFile(path: string, parts: ConfinedParts): Promise<FileState | undefined> {
  try {
    await using located = await locateInside(path, parts);
    return toFileState(located.stats, located.realPath);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

type FollowParts = Pick<ConfinedParts, "access" | "confinement">;

interface FollowedPath {
  readonly realPath: string;
  readonly exists: boolean;
}

/** Where a path leads, also when its last parts don't exist yet. */
async function follow(path: string, parts: FollowParts): Promise<FollowedPath> {
  let existing = parts.confinement.toAbsolute(path);
  const missing: string[] = [];
  for (;;) {
    const realPath = await findReal(existing, path, parts);
    if (realPath !== undefined) return { realPath: join(realPath, ...missing), exists: missing.length === 0 };
    // The name is there and leads nowhere: creating its target could create a file anywhere.
    if ((await lstatIfAny(existing))?.isSymbolicLink() === true) {
      throw outsideError(path, `goes through "${existing}", a symbolic link to something that does not exist`);
    }
    missing.unshift(basename(existing));
    existing = dirname(existing);
  }
}

/** The real path of what exists; `undefined` when it does not. */
async function findReal(
  absolute: string,
  path: string,
  { access, confinement }: FollowParts,
): Promise<string | undefined> {
  try {
    await using located = await access.locate(absolute);
    confinement.assertInside(located.realPath, path);
    return located.realPath;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Holds the parent of a real path and makes it where it is missing, one held directory after the other. */
async function pinParent(realPath: string, path: string, parts: ConfinedParts): Promise<PinnedDirectory> {
  const { access, confinement } = parts;
  const wanted = dirname(realPath);
  let existing = wanted;
  const missing: string[] = [];
  let directory: PinnedDirectory | undefined;
  while (directory === undefined) {
    try {
      directory = await access.pin(existing);
    } catch (error) {
      if (!isSystemError(error) || error.code !== "ENOENT" || existing === dirname(existing)) throw error;
      missing.unshift(basename(existing));
      existing = dirname(existing);
    }
  }
  try {
    confinement.assertInside(directory.realPath, path);
    for (const name of missing) directory = await makeAndEnter(directory, name, parts);
    if (directory.realPath !== wanted) throw outsideError(path, "was moved or replaced while it was written");
    return directory;
  } catch (error) {
    await directory[Symbol.asyncDispose]();
    throw error;
  }
}

async function makeAndEnter(
  parent: PinnedDirectory,
  name: string,
  { isGroupShared }: ConfinedParts,
): Promise<PinnedDirectory> {
  let isNew = true;
  try {
    await mkdir(parent.entry(name));
  } catch (error) {
    if (!isSystemError(error) || error.code !== "EEXIST") throw error;
    isNew = false;
  }
  const child = await parent.enter(name);
  // Through what is held: the name could lead elsewhere by now.
  if (isNew && isGroupShared) await chmod(child.entry("."), 0o775);
  await parent[Symbol.asyncDispose]();
  return child;
}

/** Removes a name. A symbolic link is removed itself, not what it leads to. */
async function removeFile(path: string, parts: ConfinedParts): Promise<void> {
  const { access, confinement } = parts;
  const absolute = confinement.toAbsolute(path);
  confinement.assertWritable(absolute, path);
  await using directory = await access.pin(dirname(absolute));
  confinement.assertInside(directory.realPath, path);
  confinement.assertWritable(join(directory.realPath, basename(absolute)), path);
  const entry = directory.entry(basename(absolute));
  const stats = await lstatIfAny(entry);
  if (stats?.isDirectory() === true) throw notRegularError(path, describeKind(stats) ?? "a directory");
  await directory.verify();
  await unlink(entry);
}

function toEntry(entry: Dirent): DirectoryEntry {
  const type = entry.isFile() ? "file" : entry.isDirectory() ? "directory" : entry.isSymbolicLink() ? "link" : "other";
  return { name: entry.name, type };
}
