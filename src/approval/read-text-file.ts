import { constants, closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const MAX_BYTES = 512 * 1024;

/** The text of a regular file that is not too large; `undefined` for anything else: it is only shown. */
export function readTextFile(path: string, cwd: string): string | undefined {
  let file: number | undefined;
  try {
    // Without waiting: a pipe in the place of the file must not hold the question up.
    file = openSync(resolve(cwd, path), constants.O_RDONLY | constants.O_NONBLOCK);
    const state = fstatSync(file);
    if (!state.isFile() || state.size > MAX_BYTES) return undefined;
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
