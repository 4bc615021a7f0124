import { HarnessError } from "../errors/index.ts";
import type { Files } from "../spec/index.ts";

/**
 * Files that can be read from other places, too: what is outside of `files` is looked for in `readable`, one after the
 * other. Nothing can be written there.
 */
export function withReadable(files: Files, readable: readonly Files[]): Files {
  if (readable.length === 0) return files;
  const tryAll = async <Value>(work: (from: Files) => Promise<Value>): Promise<Value> => {
    let outside: unknown;
    for (const from of [files, ...readable]) {
      try {
        return await work(from);
      } catch (error) {
        if (!HarnessError.isInstance(error) || error.code !== "path_outside") throw error;
        // The first one names the directories that the agent works in.
        outside ??= error;
      }
    }
    throw outside;
  };
  return {
    cwd: files.cwd,
    roots: files.roots,
    // By its absolute path a place is the same for whoever reads; a relative one is meant in `files`.
    resolve: (path) => tryAll((from) => from.resolve(path)),
    read: (path, options) => tryAll((from) => from.read(path, options)),
    stat: (path) => tryAll((from) => from.stat(path)),
    list: (path) => tryAll((from) => from.list(path)),
    write: (path, data, options) => files.write(path, data, options),
    remove: (path) => files.remove(path),
  };
}
