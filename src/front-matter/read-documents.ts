import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

import { ConfigError } from "../errors/index.ts";

/** A file as it was read. */
export interface Document {
  readonly file: string;
  readonly text: string;
}

/** More than this is no document for a model. */
const MAX_BYTES = 256 * 1024;

/** The names in a directory, sorted; none when it is not there. */
export async function listNames(directory: string, kind: "files" | "directories"): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const wanted = entries.filter((entry) => (kind === "files" ? entry.isFile() : entry.isDirectory()));
    return wanted.map(({ name }) => name).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw new ConfigError(`"${directory}" cannot be read`, { cause: error });
  }
}

/**
 * Reads one file; `undefined` when it is not there. Throws a `ConfigError` for a link (it could lead anywhere), for what
 * is no regular file, and for more than 256 KB.
 */
export async function readDocument(file: string): Promise<Document | undefined> {
  // Neither follow a link that was put there meanwhile nor wait at a pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    await using handle = await open(file, flags);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new ConfigError("This is no regular file", { file });
    if (stats.size > MAX_BYTES) throw new ConfigError(`It has more than ${MAX_BYTES} bytes`, { file });
    return { file, text: await handle.readFile("utf8") };
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (ConfigError.isInstance(error)) throw error;
    throw new ConfigError("It cannot be read, or is a symbolic link", { file, cause: error });
  }
}

/** Reads every file of a directory whose name ends with `.md`. */
export async function readDocuments(directory: string): Promise<readonly Document[]> {
  const names = (await listNames(directory, "files")).filter((name) => name.endsWith(".md"));
  const read = await Promise.all(names.map((name) => readDocument(join(directory, name))));
  return read.filter((document) => document !== undefined);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
