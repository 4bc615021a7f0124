import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";

import { aliasFiles, createFiles, type PathAlias } from "../files/index.ts";
import type { Files } from "../spec/index.ts";
import type { SandboxMode, SandboxOptions } from "./sandbox-options.ts";

/** Modes whose commands reach `allowedPaths` and little else; on the bare host they say nothing. */
const CONFINING: readonly SandboxMode[] = ["os", "docker"];

/**
 * The files of this machine that commands of a sandbox see: working directory, declared directories and, where commands
 * are confined to them, allowed paths. Throws a `ConfigError` when a directory is not there.
 */
export async function openHostFiles(
  mode: SandboxMode,
  options: SandboxOptions,
  { isGroupShared = false }: { readonly isGroupShared?: boolean } = {},
): Promise<Files> {
  const { cwd, directories = [], protectedPaths } = options;
  const allowed = CONFINING.includes(mode) ? allowedPathsOf(options) : [];
  const files = await createFiles({
    cwd,
    isGroupShared,
    roots: [cwd, ...directories, ...allowed.filter(isDirectory)],
    ...(protectedPaths === undefined ? {} : { protectedPaths }),
  });
  return aliasFiles(files, mode === "docker" ? aliasesOf(options) : []);
}

/** Allowed paths, absolute. */
export function allowedPathsOf({ cwd, allowedPaths = [] }: SandboxOptions): readonly string[] {
  return allowedPaths.map((path) => resolve(cwd, path));
}

function aliasesOf(options: SandboxOptions): readonly PathAlias[] {
  const missing = allowedPathsOf(options).filter((path) => !existsSync(path));
  return missing.map((name) => ({ name, target: options.cwd }));
}

/** Whether a directory is at a path, or a link to one. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
