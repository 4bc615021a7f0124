import { join, relative, resolve } from "node:path";

import type { Files } from "../spec/index.ts";
import { isInside } from "./confinement.ts";

/** Another name of a directory: what a container calls "/workspace" is `target` here. Both absolute. */
export interface PathAlias {
  readonly name: string;
  readonly target: string;
}

/** Files that can also be reached under other names. What is refused under one name is refused under all of them. */
export function aliasFiles(files: Files, aliases: readonly PathAlias[]): Files {
  if (aliases.length === 0) return files;
  const toReal = (path: string): string => {
    // What is no path is refused by the files themselves.
    if (typeof path !== "string" || path === "" || path.includes("\0")) return path;
    const absolute = resolve(files.cwd, path);
    const alias = aliases.find(({ name }) => isInside(name, absolute));
    return alias === undefined ? path : join(alias.target, relative(alias.name, absolute));
  };
  return {
    cwd: files.cwd,
    roots: files.roots,
    resolve: (path) => files.resolve(toReal(path)),
    read: (path, options) => files.read(toReal(path), options),
    write: (path, data, options) => files.write(toReal(path), data, options),
    stat: (path) => files.stat(toReal(path)),
    list: (path) => files.list(toReal(path)),
    remove: (path) => files.remove(toReal(path)),
  };
}
