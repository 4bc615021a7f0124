import { join, relative, resolve } from "node:path";

import type { FileState, Files } from "../spec/index.ts";
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

/** Files of one directory, told as if they stood in another: a copy under the original's paths. Both absolute and real. */
export function rebaseFiles(files: Files, { from, to }: { readonly from: string; readonly to: string }): Files {
  const inward = (path: string): string => {
    if (typeof path !== "string" || path === "" || path.includes("\0")) return path;
    const absolute = resolve(to, path);
    // What is not below the told directory is refused by the files themselves, under the name that was asked for.
    return isInside(to, absolute) ? join(from, relative(to, absolute)) : absolute;
  };
  const outward = (path: string): string => join(to, relative(from, path));
  const told = (state: FileState): FileState => ({ ...state, path: outward(state.path) });
  /** Errors name paths too. */
  const tell = async <Value>(work: Promise<Value>): Promise<Value> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Error) error.message = error.message.replaceAll(from, to);
      throw error;
    }
  };
  return {
    cwd: outward(files.cwd),
    roots: files.roots.map(outward),
    resolve: async (path) => outward(await tell(files.resolve(inward(path)))),
    async read(path, options) {
      const content = await tell(files.read(inward(path), options));
      return { ...content, state: told(content.state) };
    },
    write: async (path, data, { expect, ...options } = {}) => {
      // A state is compared by what it says of the file, not by its path.
      const state = await tell(
        files.write(inward(path), data, expect === undefined ? options : { ...options, expect }),
      );
      return told(state);
    },
    async stat(path) {
      const state = await tell(files.stat(inward(path)));
      return state === undefined ? undefined : told(state);
    },
    list: (path) => tell(files.list(inward(path))),
    remove: (path) => tell(files.remove(inward(path))),
  };
}
