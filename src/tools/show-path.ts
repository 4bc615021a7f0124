import { relative } from "node:path";

import { isInside } from "../files/index.ts";

/** A path as people and models write it: relative below the working directory, absolute elsewhere. */
export function showPath(realPath: string, cwd: string): string {
  if (!isInside(cwd, realPath)) return realPath;
  const way = relative(cwd, realPath);
  return way === "" ? "." : way;
}
