import type { Files } from "../spec/index.ts";
import { kindOf } from "./file-kind.ts";

/** Where a search begins. */
export type SearchRoot =
  | { readonly type: "directory" | "file"; readonly path: string }
  | { readonly type: "problem"; readonly problem: string };

/** The real path of where a search begins. Throws when it is outside of what may be read. */
export async function findRoot(path: string, files: Files): Promise<SearchRoot> {
  const state = await files.stat(path);
  if (state === undefined) return { type: "problem", problem: `"${path}" does not exist` };
  const type = kindOf(state);
  if (type !== "other") return { type, path: state.path };
  return { type: "problem", problem: `"${path}" is neither a file nor a directory` };
}
