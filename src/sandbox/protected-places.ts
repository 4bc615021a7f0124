import { lstatSync, mkdirSync, readdirSync, realpathSync, rmdirSync } from "node:fs";
import { join } from "node:path";

import { DEFAULT_PROTECTED_PATHS } from "../files/index.ts";

/** What no tool may write no command may either; of `.git` only parts, see below. */
const NAMES: ReadonlySet<string> = new Set(
  DEFAULT_PROTECTED_PATHS.filter((path) => !path.includes("/") && path !== ".git"),
);
/** Closed also where they are not there yet, in the top directory. */
const ABSENT: readonly string[] = [".envrc", ".mcp.json", ".vscode"];
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", ".venv", "__pycache__"]);
const MAX_DEPTH = 3;
const MAX_DIRECTORIES = 2000;

/** Places that commands may read but not write. */
export interface ProtectedPlaces {
  readonly present: readonly string[];
  /** Not there; a sandbox that can closes them too. */
  readonly absent: readonly string[];
}

/**
 * Finds what is protected below a directory that commands may write: to three levels, since a repository within a
 * repository has hooks too. Of `.git` its hooks and configuration, so that commits stay possible. In the home directory
 * what is not there yet counts too.
 */
export function findProtectedPlaces(root: string, home?: string): ProtectedPlaces {
  const present: string[] = [];
  let left = MAX_DIRECTORIES;
  const visit = (directory: string, depth: number): void => {
    left -= 1;
    for (const { name, isDirectory } of listEntries(directory)) {
      const path = join(directory, name);
      if (NAMES.has(name)) present.push(path);
      else if (name === ".git") present.push(...(isDirectory ? gitPlaces(path) : [path]));
      else if (isDirectory && !SKIPPED.has(name) && depth < MAX_DEPTH && left > 0) visit(path, depth + 1);
    }
  };
  visit(root, 1);
  // Elsewhere nobody reads a shell's start files, and each costs a mount.
  const isHome = home !== undefined && isSame(home, root);
  const absent = [...ABSENT, ...(isHome ? NAMES : [])]
    .filter((name, index, names) => names.indexOf(name) === index)
    .map((name) => join(root, name))
    .filter((path) => !present.includes(path));
  return { present, absent };
}

/**
 * Hooks also before there are any: who commits later would run them. A link among them could be taken away and another
 * thing put in its place, whatever it leads to: all of `.git` is closed then.
 */
function gitPlaces(folder: string): readonly string[] {
  const places = ["hooks", "config", "modules"].map((name) => join(folder, name));
  if (places.some(isLink)) return [folder, ...places.filter(isThere)];
  return places.filter((path) => !path.endsWith("modules") || isThere(path));
}

/** A folder that stands for a closed place. */
export interface ReservedFolder extends Disposable {
  /** Where it is, if it was not there before. */
  readonly made: string | undefined;
}

/**
 * Makes sure that the project's `.harness` is there, so that it can be closed: a command could make it otherwise, with
 * settings for the next run. Disposal takes an empty one away again.
 */
export function reserveHarnessFolder(root: string): ReservedFolder {
  const path = join(root, ".harness");
  let isOwn = false;
  try {
    if (!isThere(path)) {
      mkdirSync(path);
      isOwn = true;
    }
  } catch {
    // Who cannot make it here leaves nobody who could: commands have no more rights.
  }
  return {
    made: isOwn ? path : undefined,
    [Symbol.dispose]() {
      if (!isOwn) return;
      try {
        rmdirSync(path);
      } catch {
        // Somebody put something in: it is theirs.
      }
    },
  };
}

interface Entry {
  readonly name: string;
  readonly isDirectory: boolean;
}

function listEntries(directory: string): readonly Entry[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }));
  } catch {
    return [];
  }
}

function isSame(left: string, right: string): boolean {
  try {
    return realpathSync(left) === realpathSync(right);
  } catch {
    return false;
  }
}

/** Whether a link is at a path. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
