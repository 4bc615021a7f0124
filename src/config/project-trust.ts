import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

import { digestJson, sha256 } from "../digest/index.ts";
import { ConfigError } from "../errors/index.ts";
import { findFolders } from "./find-folders.ts";

/** What a project brings that would count in full if it were trusted. */
export interface ProjectTrust {
  /** The outermost folder that brings something; `undefined` when none does. */
  readonly project: string | undefined;
  /** Absolute paths. */
  readonly files: readonly string[];
  /** SHA-256 over names and contents of the files: another content is another project. "" for more than can be looked at. */
  readonly digest: string;
  /** A person trusted exactly this content before. */
  readonly isTrusted: boolean;
}

/** Where a project lies, and where it is remembered. */
export interface ProjectTrustOptions {
  readonly cwd: string;
  readonly home: string;
}

const MAX_FILES = 500;
const MAX_BYTES = 4 * 1024 * 1024;
/** What Harness itself writes there is no part of what was trusted. */
const OWN = new Set(["audit", "checkpoints", "sessions", "harness.db", "memory"]);

/**
 * Looks at what the project's `.harness` folders hold, from the repository's root down to `cwd`, and whether a person
 * trusted this very content. One changed character asks again; more than a person could look at is never trusted.
 */
export async function readProjectTrust({ cwd, home }: ProjectTrustOptions): Promise<ProjectTrust> {
  const own = resolve(home);
  const folders = findFolders({ cwd, home }).filter((folder) => resolve(folder) !== own);
  const files: string[] = [];
  for (const folder of folders) await collect(join(folder, ".harness"), files);
  const [first] = folders;
  if (files.length > MAX_FILES) return { project: first, files, digest: "", isTrusted: false };
  const project = files.length === 0 || first === undefined ? undefined : first;
  const contents: Record<string, string> = {};
  for (const file of files) {
    const bytes = await readFile(file);
    if (bytes.length > MAX_BYTES) return { project, files, digest: "", isTrusted: false };
    contents[relative(first ?? cwd, file)] = sha256(bytes);
  }
  const digest = digestJson(contents);
  const trusted = project === undefined ? undefined : (await readTrusted(home)).get(project);
  return { project, files, digest, isTrusted: trusted === digest };
}

/** Remembers that a person trusts the project as it is now. */
export async function trustProject(
  { project, digest }: ProjectTrust,
  { home }: Pick<ProjectTrustOptions, "home">,
): Promise<void> {
  if (project === undefined) return;
  const file = trustFile(home);
  const projects = Object.fromEntries((await readTrusted(home)).set(project, digest));
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Replaced in one step: another process reads the old file or the new one.
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, `${JSON.stringify({ version: 1, projects }, undefined, 2)}\n`, {
    mode: 0o600,
    flag: "wx",
  });
  await rename(temporary, file);
}

function trustFile(home: string): string {
  return join(home, ".harness", "trust.json");
}

async function readTrusted(home: string): Promise<Map<string, string>> {
  const file = trustFile(home);
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (
      typeof value === "object" &&
      value !== null &&
      "version" in value &&
      value.version === 1 &&
      "projects" in value
    ) {
      const entries = Object.entries(value.projects as Readonly<Record<string, unknown>>);
      return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
    }
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return new Map();
    throw new ConfigError("The list of trusted projects cannot be read; repair or remove it", { file, cause });
  }
  throw new ConfigError("The list of trusted projects has another shape; repair or remove it", { file });
}

async function collect(folder: string, files: string[]): Promise<void> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return;
    throw error;
  }
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (OWN.has(entry.name)) continue;
    if (entry.isDirectory()) await collect(path, files);
    else if (entry.isFile() || (await lstat(path)).isSymbolicLink()) files.push(path);
    if (files.length > MAX_FILES) return;
  }
}
