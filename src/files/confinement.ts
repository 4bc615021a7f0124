import { isAbsolute, relative, resolve, sep } from "node:path";

import { HarnessError } from "../errors/index.ts";
import { outsideError } from "./file-error.ts";
import { foldPath } from "./fold-path.ts";

/** What a path may be, by its words alone. Where it really leads is checked once it is held. */
export interface Confinement {
  /** The absolute form of a path. Throws when it is no path or leaves the roots. */
  toAbsolute(path: string): string;
  /** Throws code "path_outside" unless a real path is in a root. `path` is what the caller asked for. */
  assertInside(realPath: string, path: string): void;
  /** Throws code "path_protected" for what must not be written. */
  assertWritable(absolutePath: string, path: string): void;
}

/** Options of `createConfinement`. */
export interface ConfinementOptions {
  readonly cwd: string;
  /** Real paths of the roots. */
  readonly roots: readonly string[];
  /** The roots as they were named; they may go through links. */
  readonly namedRoots: readonly string[];
  readonly isProtected: (absolutePath: string) => boolean;
}

/** Makes the rules about paths. */
export function createConfinement({ cwd, roots, namedRoots, isProtected }: ConfinementOptions): Confinement {
  const known = [...new Set([...roots, ...namedRoots])];
  const refuse = (path: string): HarnessError =>
    outsideError(path, `is outside of the directories that may be used: ${roots.join(", ")}`);
  return {
    toAbsolute(path) {
      if (typeof path !== "string" || path === "") throw new TypeError("A path must be a text that is not empty");
      // The system would stop reading at a NUL: what is checked and what is opened would be two paths.
      if (path.includes("\0")) throw outsideError(path.replaceAll("\0", "\\0"), "has a NUL character in it");
      const absolute = resolve(cwd, path);
      if (!known.some((root) => isInside(root, absolute))) throw refuse(path);
      return absolute;
    },
    assertInside(realPath, path) {
      if (!roots.some((root) => isInside(root, realPath))) throw refuse(path);
    },
    assertWritable(absolutePath, path) {
      if (!isProtected(absolutePath)) return;
      throw new HarnessError(
        `"${path}" is protected: tools may read it but not write it. A person has to change it, or leave it out of protectedPaths`,
        { code: "path_protected" },
      );
    },
  };
}

/**
 * Whether an absolute path is a directory or lies in it. By whole names: `/repo-evil` is not in `/repo`, and
 * `/repo/..foo` is.
 */
export function isInside(root: string, path: string): boolean {
  const way = relative(foldPath(root), foldPath(path));
  return way === "" || (!isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`));
}
