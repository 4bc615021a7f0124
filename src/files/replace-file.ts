import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { access, link, lstat, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { HarnessError } from "../errors/index.ts";
import type { FileState, WriteFileOptions } from "../spec/index.ts";
import { isMissing, isSystemError, notRegularError } from "./file-error.ts";
import { describeKind, isSameState, toFileState } from "./file-state.ts";
import type { PinnedDirectory } from "./path-access.ts";

/** What to put where. */
export interface Replacement {
  readonly name: string;
  /** As the caller knows it, for messages. */
  readonly path: string;
  readonly data: Uint8Array;
  readonly expect: WriteFileOptions["expect"];
  readonly isGroupShared: boolean;
}

/**
 * Puts a whole file in place: temporary file in the same directory, sync, rename. Readers see the old file or the new
 * one, never a part; other names (hard links) of the old one keep the old content. Leaves nothing behind on failure.
 */
export async function replaceFile(directory: PinnedDirectory, replacement: Replacement): Promise<FileState> {
  const { name, path, data, expect, isGroupShared } = replacement;
  const target = directory.entry(name);
  const before = await assertReplaceable(target, path);
  assertExpected(before, replacement, directory);

  const temporary = directory.entry(`.harness-${randomBytes(9).toString("hex")}.tmp`);
  const state = await writeTemporary(temporary, data, {
    before,
    realPath: join(directory.realPath, name),
    isGroupShared,
  });
  try {
    await directory.verify();
    // As late as possible: between this look and the rename lies one system call.
    assertExpected(await assertReplaceable(target, path), replacement, directory);
    if (expect === null) await putNew(temporary, target, replacement);
    else await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await directory.verify();
  await syncDirectory(directory.entry("."));
  return state;
}

/** What stands at the target; a name that is no regular file, or may not be written, is not replaced. */
async function assertReplaceable(target: string, path: string): Promise<Stats | undefined> {
  const stats = await lstatIfAny(target);
  if (stats === undefined) return undefined;
  const kind = describeKind(stats);
  if (kind !== undefined) throw notRegularError(path, kind);
  // A rename needs no right to write the file itself; who made it read-only meant it.
  await access(target, constants.W_OK);
  return stats;
}

/** The state of an entry itself, links not followed; `undefined` when there is none. */
export async function lstatIfAny(entry: string): Promise<Stats | undefined> {
  try {
    return await lstat(entry);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function assertExpected(
  stats: Stats | undefined,
  { name, path, expect }: Replacement,
  directory: PinnedDirectory,
): void {
  if (expect === undefined) return;
  if (expect === null) {
    if (stats !== undefined) throw changed(path, "exists already");
    return;
  }
  if (stats === undefined) throw changed(path, "was removed meanwhile");
  const state = toFileState(stats, join(directory.realPath, name));
  if (!isSameState(state, expect)) throw changed(path, "was changed meanwhile");
}

function changed(path: string, reason: string): HarnessError {
  return new HarnessError(`"${path}" ${reason}`, { code: "file_changed" });
}

interface Origin {
  readonly before: Stats | undefined;
  readonly realPath: string;
  readonly isGroupShared: boolean;
}

async function writeTemporary(temporary: string, data: Uint8Array, origin: Origin): Promise<FileState> {
  const { before, realPath, isGroupShared } = origin;
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const flags = O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0);
  // A new file gets what the process's umask leaves; content of a closed file is closed from the first byte on.
  const handle = await open(temporary, flags, before === undefined ? 0o666 : 0o600);
  try {
    await handle.writeFile(data);
    if (before !== undefined) await keepRights(handle, before);
    else if (isGroupShared) await handle.chmod(0o664);
    await handle.sync();
    return toFileState(await handle.stat(), realPath);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
}

async function keepRights(handle: FileHandle, before: Stats): Promise<void> {
  const { uid, gid } = await handle.stat();
  // Only root may give a file away; for others it stays theirs, as with any editor.
  if (uid !== before.uid || gid !== before.gid) await handle.chown(before.uid, before.gid).catch(() => {});
  // The set-id bits go, as they do when a file is written in place.
  await handle.chmod(before.mode & 0o777);
}

/** Gives the file its name only if that is free: unlike a rename, a link never replaces. */
async function putNew(temporary: string, target: string, { path }: Replacement): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "EEXIST") throw changed(path, "exists already");
    // The file system knows no hard links; it was looked for just now.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(error.code)) throw error;
    await rename(temporary, target);
    return;
  }
  await unlink(temporary);
}

/** Makes the new name durable. Some systems can't; the file itself is synced in any case. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    await using handle = await open(directory, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
