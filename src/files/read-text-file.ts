import { lstat, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { describeError } from "../errors/index.ts";
import { isMissing } from "./file-error.ts";

/** What came of reading a file that people write: its text, that there is none, or why it cannot be used. */
export type TextFile =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "missing" }
  | { readonly type: "problem"; readonly problem: string; readonly cause?: unknown };

/**
 * Reads a file of settings or rules, without its byte order mark. What is there and cannot be read as it is meant is a
 * problem and never a file that is missing, or one that says something else: it may forbid something.
 */
export async function readTextFile(path: string, { maxBytes }: { readonly maxBytes: number }): Promise<TextFile> {
  let bytes: Uint8Array;
  try {
    const state = await stat(path);
    // A link to a device or a pipe would be read for ever.
    if (!state.isFile()) return { type: "problem", problem: "This is no regular file" };
    if (state.size > maxBytes) return { type: "problem", problem: `The file is larger than ${maxBytes} bytes` };
    bytes = await readFile(path);
  } catch (cause) {
    if (!isMissing(cause)) return { type: "problem", problem: `It cannot be read: ${describeError(cause)}`, cause };
    const isLink = (await leadsToNothing(path)) || (await leadsToNothing(dirname(path)));
    return isLink ? { type: "problem", problem: "It is a link to nothing" } : { type: "missing" };
  }
  try {
    return { type: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { type: "problem", problem: "It is not UTF-8 text: save it with this encoding" };
  }
}

async function leadsToNothing(path: string): Promise<boolean> {
  try {
    if (!(await lstat(path)).isSymbolicLink()) return false;
  } catch {
    return false;
  }
  return await stat(path).then(
    () => false,
    (error: unknown) => isMissing(error),
  );
}
