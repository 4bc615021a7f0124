import { setImmediate as yieldToOthers } from "node:timers/promises";

import type { Files } from "../spec/index.ts";
import {
  MAX_SEARCHED_BYTES,
  SEARCH_TIMEOUT_MS,
  type FoundLine,
  type LineSearch,
  type SearchResult,
} from "./search-result.ts";
import { walkFiles, type WalkedFile } from "./walk-files.ts";

const FILES_AT_ONCE = 8;
const LINES_BETWEEN_PAUSES = 2000;

/** Searches a directory without any program, with the same results as ripgrep. */
export async function searchFiles(search: LineSearch, files: Files): Promise<SearchResult> {
  const { root, matchesPath, maxResults, signal } = search;
  const deadline = performance.now() + SEARCH_TIMEOUT_MS;
  const lines: FoundLine[] = [];
  let isPartial = false;
  let batch: WalkedFile[] = [];

  const searchBatch = async (): Promise<void> => {
    const texts = await Promise.all(batch.map(({ path }) => readSearchable(path, files, signal)));
    for (const [index, text] of texts.entries()) {
      const relativePath = batch[index]?.relativePath ?? "";
      if (text.type === "unreadable") isPartial = true;
      if (text.type !== "text") continue;
      for (const found of await searchText(text.text, search)) lines.push({ relativePath, ...found });
      if (lines.length > maxResults) break;
    }
    batch = [];
  };

  const walk = walkFiles(files, root, signal);
  let step = await walk.next();
  for (; step.done !== true && lines.length <= maxResults; step = await walk.next()) {
    if (performance.now() > deadline) return { type: "problem", problem: timeoutProblem() };
    if (!matchesPath(step.value.relativePath)) continue;
    batch.push(step.value);
    if (batch.length >= FILES_AT_ONCE) await searchBatch();
  }
  if (lines.length <= maxResults) await searchBatch();
  if (step.done === true) isPartial ||= step.value.isCut || step.value.unreadable > 0;
  else await walk.return({ isCut: true, unreadable: 0 });
  return { type: "found", lines: lines.slice(0, maxResults + 1), isPartial };
}

/** Told when a search is given up. */
export function timeoutProblem(): string {
  return `The search took longer than ${SEARCH_TIMEOUT_MS / 1000} s: give a narrower path or glob`;
}

/** The content of a file, if it is one to search in. */
type Searchable =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "too-large" }
  | { readonly type: "binary" }
  | { readonly type: "unreadable" };

/** Reads a file to search in it. Bytes that are no UTF-8 become replacement characters. */
export async function readSearchable(path: string, files: Files, signal: AbortSignal): Promise<Searchable> {
  try {
    const { bytes, isTruncated } = await files.read(path, { maxBytes: MAX_SEARCHED_BYTES, signal });
    if (isTruncated) return { type: "too-large" };
    if (bytes.includes(0)) return { type: "binary" };
    return { type: "text", text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString() };
  } catch {
    signal.throwIfAborted();
    return { type: "unreadable" };
  }
}

/** The matching lines of a text, at most one more than asked for. */
export async function searchText(
  text: string,
  { matchesLine, maxResults, signal }: Pick<LineSearch, "matchesLine" | "maxResults" | "signal">,
): Promise<readonly Omit<FoundLine, "relativePath">[]> {
  const found: Omit<FoundLine, "relativePath">[] = [];
  let start = 0;
  for (let line = 1; start < text.length && found.length <= maxResults; line += 1) {
    const end = text.indexOf("\n", start);
    const stop = end === -1 ? text.length : end;
    const content = text.slice(start, text.charCodeAt(stop - 1) === 13 && stop > start ? stop - 1 : stop);
    if (matchesLine(content)) found.push({ line, text: content });
    start = stop + 1;
    if (line % LINES_BETWEEN_PAUSES === 0) {
      await yieldToOthers();
      signal.throwIfAborted();
    }
  }
  return found;
}
