import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

import { SandboxError } from "../../errors/index.ts";
import { isInside } from "../../files/index.ts";
import { findProtectedPlaces } from "../protected-places.ts";

/** A folder of the host inside a container. */
export interface Mount {
  readonly Type: "bind";
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}

/** With all that is below them: what the host, its kernel and its devices are made of. */
const FORBIDDEN_TREES = ["/etc", "/proc", "/sys", "/dev", "/boot", "/bin", "/sbin", "/lib", "/lib64"];
/** The folder itself; a project may lie below it. */
const FORBIDDEN_FOLDERS = ["/", "/root", "/home", "/usr", "/var", "/run", "/var/run", "/var/lib", "/var/lib/docker"];
/** Options of `planMounts`. */
export interface MountOptions {
  readonly allowedPaths: readonly string[];
  readonly socketPath: string;
  /** What stands at the working directory's path. @default the working directory */
  readonly source?: string;
}

/**
 * The folders that a container sees: `cwd` read-write at its own path, but its policy and hooks read-only, and each
 * allowed path. Throws a `SandboxError` for a folder that would hand over the host.
 */
export function planMounts(cwd: string, { allowedPaths, socketPath, source = cwd }: MountOptions): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  const add = (source: string, target: string): void => {
    const real = realpathSync(source);
    checkMount(real, socketPath);
    checkMount(target, socketPath);
    for (const mount of [bind(real, target), ...readOnlyParts(real, target)]) mounts.set(mount.Target, mount);
  };
  add(source, cwd);
  for (const path of allowedPaths.map((allowed) => resolve(cwd, allowed))) {
    // A path that only the container knows ("/workspace") is another name of the working directory.
    if (!mounts.has(path)) add(existsSync(path) ? path : cwd, path);
  }
  return [...mounts.values()];
}

function bind(source: string, target: string, isReadOnly = false): Mount {
  return { Type: "bind", Source: source, Target: target, ReadOnly: isReadOnly };
}

/**
 * What is protected is mounted once more, read-only; and the folders above it as they are, since the parent of a mount
 * could be moved out of the way. The engine follows links on the host, so nothing is mounted that stands behind one,
 * but for what it leads to within the tree: a repository could bring a link to anywhere under a protected name.
 */
function readOnlyParts(source: string, target: string): readonly Mount[] {
  const places = findProtectedPlaces(source)
    .present.filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .filter((path) => path !== source && isInside(source, path));
  const parents = places.flatMap((path) => foldersBetween(source, path));
  const at = (path: string, isReadOnly: boolean): Mount => bind(path, join(target, relative(source, path)), isReadOnly);
  return [...parents.map((path) => at(path, false)), ...places.map((path) => at(path, true))].toSorted(
    (left, right) => left.Target.length - right.Target.length,
  );
}

/** The folders from below `top` down to the one that `path` lies in. */
function foldersBetween(top: string, path: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== top && isInside(top, folder); folder = dirname(folder))
    folders.push(folder);
  return folders;
}

/**
 * Throws when what is to be mounted is not what it was: the engine resolves names anew whenever a container starts, and
 * who could put a link there since would have its target mounted.
 */
export function checkMountSources(mounts: readonly Mount[]): void {
  for (const { Source } of mounts) {
    if (existsSync(Source) && realpathSync(Source) === Source) continue;
    throw new SandboxError(`${Source} was taken away or replaced by a link: the container is not started with it`, {
      code: "sandbox_unavailable",
    });
  }
}

function checkMount(path: string, socketPath: string): void {
  const isForbidden =
    FORBIDDEN_FOLDERS.includes(path) ||
    FORBIDDEN_TREES.some((tree) => path === tree || path.startsWith(`${tree}/`)) ||
    foldersAbove(socketPath).includes(path);
  if (!isForbidden) return;
  throw new SandboxError(`${path} cannot be mounted into a sandbox: it would hand over the host`, {
    code: "sandbox_unavailable",
  });
}

/** Whoever reaches the engine's socket is root on the host. */
function foldersAbove(socketPath: string): readonly string[] {
  const real = existsSync(socketPath) ? realpathSync(socketPath) : socketPath;
  const folders: string[] = [];
  for (const start of [socketPath, real]) {
    for (let path = start; path !== dirname(path); path = dirname(path)) folders.push(path);
  }
  return folders;
}
