import { join, resolve } from "node:path/posix";

import { HarnessError } from "../errors/index.ts";
import type { DirectoryEntry, Files, FileState } from "../spec/index.ts";

interface FakeFile {
  readonly bytes: Uint8Array;
  readonly state: FileState;
}

/** Files in memory, below `cwd`. There are no links and no empty directories; a path outside of `cwd` is refused. */
export function fakeFiles(cwd = "/work", initial: Readonly<Record<string, string>> = {}): Files {
  const stored = new Map<string, FakeFile>();
  let writes = 0;
  const put = (path: string, data: string | Uint8Array): FileState => {
    const bytes = Buffer.from(data);
    writes += 1;
    // Each write is another moment and another inode, as of a file that was replaced.
    const state = { path, size: bytes.byteLength, mtimeMs: writes, ino: writes, mode: 0o644, links: 1 };
    stored.set(path, { bytes, state });
    return state;
  };
  for (const [path, text] of Object.entries(initial)) put(toPath(cwd, path), text);
  return {
    cwd,
    roots: [cwd],
    resolve: async (path) => toPath(cwd, path),
    async read(path, { offset = 0, maxBytes = 10 * 1024 * 1024, signal } = {}) {
      signal?.throwIfAborted();
      const file = stored.get(toPath(cwd, path));
      if (file === undefined) throw new Error(`There is no file ${path}`);
      const end = offset + maxBytes;
      return { bytes: file.bytes.subarray(offset, end), state: file.state, isTruncated: end < file.bytes.length };
    },
    async write(path, data, { expect } = {}) {
      const absolute = toPath(cwd, path);
      if (expect !== undefined && stored.get(absolute)?.state.ino !== expect?.ino) {
        throw new HarnessError(`The file ${path} has changed`, { code: "file_changed" });
      }
      return put(absolute, data);
    },
    stat: async (path) => stored.get(toPath(cwd, path))?.state,
    list: async (path) => listBelow(toPath(cwd, path), [...stored.keys()]),
    async remove(path) {
      stored.delete(toPath(cwd, path));
    },
  };
}

function toPath(cwd: string, path: string): string {
  const absolute = resolve(cwd, path);
  if (absolute === cwd || absolute.startsWith(join(cwd, "/"))) return absolute;
  throw new HarnessError(`"${path}" is outside of ${cwd}`, { code: "path_outside" });
}

function listBelow(folder: string, paths: readonly string[]): readonly DirectoryEntry[] {
  const entries = new Map<string, DirectoryEntry>();
  for (const path of paths.filter((one) => one.startsWith(join(folder, "/")))) {
    const [name = "", ...below] = path.slice(join(folder, "/").length).split("/");
    entries.set(name, { name, type: below.length === 0 ? "file" : "directory" });
  }
  return [...entries.values()];
}
