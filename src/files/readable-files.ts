import { HarnessError } from "../errors/index.ts";
import type { Files } from "../spec/index.ts";

/**
 * Files that can be read from other places, too: what is outside of `files` is looked for in `readable`, one after the
 * other, which is asked for when the first such path comes. Nothing can be written there.
 */
export function withReadable(files: Files, readable: () => Promise<readonly Files[]>): Files {
  const tryAll = async <Value>(work: (from: Files) => Promise<Value>): Promise<Value> => {
    try {
      return await work(files);
    } catch (outside) {
      if (!isOutside(outside)) throw outside;
      return await tryOthers(work, { others: await readable(), outside });
    }
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

function isOutside(error: unknown): boolean {
  return HarnessError.isInstance(error) && error.code === "path_outside";
}

/** When none of them has it, the first refusal stands: it names the directories that the agent works in. */
async function tryOthers<Value>(
  work: (from: Files) => Promise<Value>,
  { others, outside }: { readonly others: readonly Files[]; readonly outside: unknown },
): Promise<Value> {
  for (const from of others) {
    try {
      return await work(from);
    } catch (error) {
      if (!isOutside(error)) throw error;
    }
  }
  throw outside;
}
