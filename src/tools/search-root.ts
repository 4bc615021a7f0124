import type { Files } from "../spec/index.ts";

/** Where a search begins. */
export type SearchRoot =
  | { readonly type: "directory" | "file"; readonly path: string }
  | { readonly type: "problem"; readonly problem: string };

const TYPE_BITS = 0o170000;
const DIRECTORY = 0o040000;
const REGULAR_FILE = 0o100000;

/** The real path of where a search begins. Throws when it is outside of what may be read. */
export async function findRoot(path: string, files: Files): Promise<SearchRoot> {
  const state = await files.stat(path);
  if (state === undefined) return { type: "problem", problem: `"${path}" does not exist` };
  const type = state.mode & TYPE_BITS;
  if (type === DIRECTORY) return { type: "directory", path: state.path };
  if (type === REGULAR_FILE) return { type: "file", path: state.path };
  return { type: "problem", problem: `"${path}" is neither a file nor a directory` };
}
