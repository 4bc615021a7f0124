import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";

import { ConfigError, describeError } from "../errors/index.ts";
import type { Files } from "../spec/index.ts";
import { createConfinement } from "./confinement.ts";
import { descriptorAccess, hasDescriptorPaths } from "./descriptor-access.ts";
import { toFileError } from "./file-error.ts";
import { openConfined } from "./open-confined.ts";
import type { PathAccess } from "./path-access.ts";
import { portableAccess } from "./portable-access.ts";
import { createProtection, DEFAULT_PROTECTED_PATHS } from "./protected-paths.ts";

/** Options of `createFiles`. */
export interface FilesOptions {
  /** The directory that relative paths start from. */
  readonly cwd: string;
  /** The directories that may be used, with everything below them. @default [cwd] */
  readonly roots?: readonly string[];
  /** What may be read but not written. @default DEFAULT_PROTECTED_PATHS */
  readonly protectedPaths?: readonly string[];
  /**
   * What is written and made can be written by its group too: for a workspace shared with a user who has no more than the
   * group. @default false
   */
  readonly isGroupShared?: boolean;
  /**
   * `descriptors` closes every race between check and use and needs Linux with /proc; `paths` works anywhere and
   * compares after opening. @default the best that the system has
   */
  readonly access?: "descriptors" | "paths";
}

/**
 * Opens confined access to files: the port `Files`. Holds nothing open between calls.
 * Throws a `ConfigError` when a directory is not there or a protected path makes no sense.
 */
export async function createFiles(options: FilesOptions): Promise<Files> {
  const { protectedPaths = DEFAULT_PROTECTED_PATHS } = options;
  const cwd = await openDirectory(resolve(options.cwd));
  const namedRoots = (options.roots ?? [options.cwd]).map((root) => resolve(options.cwd, root));
  const roots = [...new Set(await Promise.all(namedRoots.map(openDirectory)))];
  const confinement = createConfinement({ cwd, roots, namedRoots, isProtected: createProtection(protectedPaths) });
  const access = await chooseAccess(options.access, cwd);
  return openConfined({ cwd, roots, confinement, access, isGroupShared: options.isGroupShared === true });
}

async function chooseAccess(wanted: FilesOptions["access"], cwd: string): Promise<PathAccess> {
  if (wanted === "paths") return portableAccess;
  if (await hasDescriptorPaths(cwd)) return descriptorAccess;
  if (wanted === undefined) return portableAccess;
  throw new ConfigError('Access by descriptors needs Linux with /proc: leave `access` out or say "paths"');
}

async function openDirectory(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    throw new ConfigError(`The directory for tools cannot be used: ${describeError(toFileError(error, path))}`, {
      cause: error,
    });
  }
  throw new ConfigError(`The directory for tools cannot be used: "${path}" is not a directory`);
}
