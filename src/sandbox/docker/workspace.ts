import { cp, realpath, rm, stat } from "node:fs/promises";
import { constants } from "node:fs";
import { resolve } from "node:path";

import { describeError, SandboxError } from "../../errors/index.ts";
import { createFiles, rebaseFiles } from "../../files/index.ts";
import type { Files } from "../../spec/index.ts";
import { isDirectory, openHostFiles } from "../host-files.ts";
import { makeOwnedFolder } from "../owner.ts";
import type { SandboxOptions } from "../sandbox-options.ts";
import { shareWithGroup } from "./share-workspace.ts";

/** The working directory as a container gets it. */
export interface Workspace extends AsyncDisposable {
  /** The folder of the host that stands at the working directory's path. */
  readonly source: string;
  /** `uid:gid` that commands run as. */
  readonly user: string;
  readonly files: Files;
}

/** Somebody who owns nothing. */
const NOBODY = 65_534;

/**
 * Prepares the working directory: mounted as it is, or a copy of it. Commands run as its owner, so that what they write
 * belongs to the owner; where that is root, as nobody with the group root, who is let into the tree first.
 */
export async function openWorkspace(options: SandboxOptions, isRootless: boolean): Promise<Workspace> {
  const { cwd, docker = {} } = options;
  const copy = docker.workspace === "copy" ? await copyWorkspace(options) : undefined;
  const source = copy ?? cwd;
  const close = async (): Promise<void> => {
    if (copy !== undefined) await rm(copy, { recursive: true, force: true });
  };
  try {
    const user = await chooseUser(source, options, isRootless);
    const isGroupShared = user.startsWith(`${NOBODY}:`);
    const files = copy === undefined ? await openHostFiles("docker", options, { isGroupShared }) : await openCopy(copy);
    return { source, user, files, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }

  async function openCopy(from: string): Promise<Files> {
    const protection = options.protectedPaths === undefined ? {} : { protectedPaths: options.protectedPaths };
    const files = await createFiles({ cwd: from, isGroupShared: true, ...protection });
    return rebaseFiles(files, { from, to: cwd });
  }
}

async function copyWorkspace({ cwd, directories = [], allowedPaths = [] }: SandboxOptions): Promise<string> {
  if (directories.length + allowedPaths.length > 0) {
    throw new TypeError('docker.workspace "copy" copies the working directory alone: leave other directories out');
  }
  const copy = await realpath(await makeOwnedFolder("copy"));
  try {
    const filter = async (path: string): Promise<boolean> => {
      const stats = await stat(path).catch(() => undefined);
      // Sockets, pipes and devices are nothing to copy; a link to nowhere is a link.
      return stats === undefined || stats.isFile() || stats.isDirectory();
    };
    await cp(cwd, copy, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      mode: constants.COPYFILE_FICLONE,
      filter,
    });
    return copy;
  } catch (cause) {
    await rm(copy, { recursive: true, force: true });
    throw new SandboxError(`The working directory could not be copied: ${describeError(cause)}`, {
      code: "sandbox_unavailable",
      cause,
    });
  }
}

async function chooseUser(source: string, options: SandboxOptions, isRootless: boolean): Promise<string> {
  const given = options.docker?.user;
  if (given !== undefined) {
    if (!/^\d{1,10}:\d{1,10}$/.test(given)) throw new TypeError(`docker.user must be "uid:gid", not "${given}"`);
    return given;
  }
  // The root of a rootless engine is the user who started it.
  if (isRootless) return "0:0";
  const { uid, gid } = await stat(source);
  if (uid !== 0) return `${uid}:${gid}`;
  if (process.getuid?.() !== 0) {
    const message = `${source} belongs to root, and commands do not run as root: give it to another user, or name docker.user`;
    throw new SandboxError(message, { code: "sandbox_unavailable" });
  }
  const others = [...(options.directories ?? []), ...(options.allowedPaths ?? [])].map((path) =>
    resolve(options.cwd, path),
  );
  for (const root of [source, ...others.filter(isDirectory)]) await shareWithGroup(await realpath(root));
  return `${NOBODY}:0`;
}
