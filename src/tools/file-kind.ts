import type { FileState } from "../spec/index.ts";

const TYPE_BITS = 0o170000;
const DIRECTORY = 0o040000;
const REGULAR_FILE = 0o100000;

/** What a state is the state of, by its mode (POSIX `S_IFMT`). */
export function kindOf({ mode }: FileState): "file" | "directory" | "other" {
  const type = mode & TYPE_BITS;
  if (type === REGULAR_FILE) return "file";
  return type === DIRECTORY ? "directory" : "other";
}
