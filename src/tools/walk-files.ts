import type { DirectoryEntry, Files } from "../spec/index.ts";

/** Directories that searches leave out below where they begin: what tools made, not what people wrote. */
export const SKIPPED_DIRECTORIES: readonly string[] = Object.freeze([".git", "node_modules", ".venv", "__pycache__"]);

const MAX_DEPTH = 64;
const MAX_ENTRIES = 500_000;

/** A file that a walk found. */
export interface WalkedFile {
  /** Absolute. */
  readonly path: string;
  /** From where the walk began, with "/" between names. */
  readonly relativePath: string;
}

/** How a walk went. */
export interface WalkOutcome {
  /** Directories that could not be read. */
  readonly unreadable: number;
  /** There were more entries than a walk visits, or they were too deep. */
  readonly isCut: boolean;
}

/**
 * Walks all files below a directory in the order of their names' bytes. Links are not followed. Ignore files have no say.
 */
export async function* walkFiles(
  files: Files,
  root: string,
  signal: AbortSignal,
): AsyncGenerator<WalkedFile, WalkOutcome> {
  let entries = 0;
  let unreadable = 0;
  let isCut = false;
  const base = root.endsWith("/") ? root.slice(0, -1) : root;
  // A stack of what is left to visit, next one last: recursion would cost a generator for each level.
  const left: Visit[] = [{ relativePath: "", type: "directory", depth: 0 }];
  for (let visit = left.pop(); visit !== undefined; visit = left.pop()) {
    signal.throwIfAborted();
    if (visit.type === "file") {
      yield { path: `${base}/${visit.relativePath}`, relativePath: visit.relativePath };
      continue;
    }
    const listed = await listSorted(files, visit.relativePath === "" ? root : `${base}/${visit.relativePath}`);
    if (listed === undefined) unreadable += 1;
    entries += listed?.length ?? 0;
    if (entries > MAX_ENTRIES || visit.depth >= MAX_DEPTH) {
      isCut = true;
      continue;
    }
    for (const { name, type } of listed?.toReversed() ?? []) {
      if (type !== "file" && (type !== "directory" || SKIPPED_DIRECTORIES.includes(name))) continue;
      const relativePath = visit.relativePath === "" ? name : `${visit.relativePath}/${name}`;
      left.push({ relativePath, type, depth: visit.depth + 1 });
    }
  }
  return { unreadable, isCut };
}

interface Visit {
  readonly relativePath: string;
  readonly type: "file" | "directory";
  readonly depth: number;
}

async function listSorted(files: Files, path: string): Promise<readonly DirectoryEntry[] | undefined> {
  try {
    const entries = await files.list(path);
    return entries.toSorted((left, right) => compareNames(left.name, right.name));
  } catch {
    return undefined;
  }
}

/** By UTF-8 bytes, as ripgrep sorts; the comparison of strings differs beyond U+D7FF. */
function compareNames(left: string, right: string): number {
  if (!/[\ud800-\uffff]/u.test(left + right)) return left < right ? -1 : left > right ? 1 : 0;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
