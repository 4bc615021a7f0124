import { lstat, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";

import { PolicyError } from "../errors/index.ts";
import type { LayerSource } from "./compile-layer.ts";
import type { PolicyLevel } from "./policy-layer.ts";
import { sourceError, type PolicySource } from "./policy-source.ts";
import { readDocument } from "./read-document.ts";
import { readSource } from "./read-source.ts";

/** Where policies are looked for. */
export interface LoadLayersOptions {
  /** Files that the host names: trusted, and an error when missing. Earlier ones are more specific. `~/` is the home. */
  readonly paths?: readonly string[];
  /** The project's folder. @default process.cwd() */
  readonly cwd?: string;
  /** @default the user's home */
  readonly home?: string;
  /** The project's policy counts in full, not only where it tightens. @default false */
  readonly trustProject?: boolean;
  /** Also read the policies of the organisation and the project. @default true */
  readonly discover?: boolean;
}

interface FileRequest {
  readonly level: PolicyLevel;
  readonly isTrusted: boolean;
}

interface Load {
  readonly home: string;
  /** By real path: no file is read twice. */
  readonly seen: Set<string>;
}

const NAMES = ["policy.yml", "policy.yaml", "policy.toml"];
const EXTENSIONS = [".yml", ".yaml", ".toml"];
const MAX_PARENTS = 10;

/** Reads all policies, the most general first. Throws a `PolicyError` when one is missing or wrong. */
export async function loadLayers(options: LoadLayersOptions): Promise<readonly LayerSource[]> {
  const { paths = [], cwd = process.cwd(), home = homedir(), trustProject = false, discover = true } = options;
  const organisation = discover ? await findPolicies(home) : [];
  const project = (discover ? await findPolicies(cwd) : []).filter((file) => !organisation.includes(file));
  const named = await Promise.all(paths.map((path) => realFile(expandPath(path, cwd, home))));
  const load: Load = { home, seen: new Set() };

  // The general ones come first, so that a project that inherits from them does not pull them down to its level.
  const general: LayerSource[] = [];
  for (const file of organisation)
    general.unshift(...(await loadFile(file, { level: "organisation", isTrusted: true }, load)));
  const host: LayerSource[] = [];
  for (const file of named) {
    if (!project.includes(file)) host.unshift(...(await loadFile(file, { level: "host", isTrusted: true }, load)));
  }
  const own: LayerSource[] = [];
  for (const file of project) {
    own.unshift(...(await loadFile(file, { level: "project", isTrusted: trustProject || named.includes(file) }, load)));
  }
  return [...general, ...host, ...own];
}

async function findPolicies(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of NAMES) {
    const file = join(resolve(folder), ".harness", name);
    if (await exists(file)) found.push(await realFile(file));
  }
  return found;
}

/** A file and its parents, the most general first; nothing when it was read before. */
async function loadFile(
  file: string,
  request: FileRequest,
  load: Load,
  children: readonly string[] = [],
): Promise<readonly LayerSource[]> {
  if (load.seen.has(file)) return [];
  load.seen.add(file);
  const source = await parseFile(file);
  const document = readDocument(source, { needsVersion: true });
  // The line above checked the value; it is only kept, since `document` is what gets compiled.
  const policy = source.value as LayerSource["policy"];
  const layer: LayerSource = { ...request, name: request.level, policy, source, document };
  if (document.inheritFrom === undefined) return [layer];
  const parent = await findParent(document.inheritFrom, source, file, load.home);
  const line = [...children, file];
  const fail = (message: string): PolicyError => sourceError(source, { path: ["inherit_from"] }, message);
  if (line.includes(parent))
    throw fail(`${document.inheritFrom} inherits from this file in turn: a ring of policies decides nothing`);
  if (line.length > MAX_PARENTS) throw fail(`More than ${MAX_PARENTS} policies inherit from each other`);
  const level = request.level === "project" ? "team" : request.level;
  return [...(await loadFile(parent, { ...request, level }, load, line)), layer];
}

async function parseFile(file: string): Promise<PolicySource> {
  if (!EXTENSIONS.includes(extname(file))) {
    throw new PolicyError(`A policy file ends in ${EXTENSIONS.join(", ")}`, { file });
  }
  return await readSource(file, "policy");
}

/**
 * `~/` is the home. Other paths start at the file's folder; where nothing is there and the file lies in `.harness`, at
 * the folder above, since people also write them as seen from the project.
 */
async function findParent(parent: string, source: PolicySource, file: string, home: string): Promise<string> {
  const fail = (message: string): PolicyError => sourceError(source, { path: ["inherit_from"] }, message);
  if (/^[a-z][a-z\d+.-]+:/i.test(parent))
    throw fail(`"inherit_from" takes a path, not the address ${JSON.stringify(parent)}`);
  if (!EXTENSIONS.includes(extname(parent)))
    throw fail(`"inherit_from" must name a file that ends in ${EXTENSIONS.join(", ")}`);
  const folder = dirname(file);
  const candidates = [expandPath(parent, folder, home)];
  if (basename(folder) === ".harness") candidates.push(expandPath(parent, dirname(folder), home));
  for (const candidate of candidates) {
    if (!(await exists(candidate))) continue;
    const found = await realFile(candidate);
    // A policy of somebody else must not make us read any file there is.
    if (!(await isNear(found, file, home))) {
      throw fail(
        `The parent policy must lie in the home, or at most one folder above what ${basename(file)} is for: ${found}`,
      );
    }
    return found;
  }
  throw fail(`The parent policy does not exist: ${[...new Set(candidates)].join(", nor ")}`);
}

/** Whether a parent lies in the home, or not further up than the folder around the project or the file's own folder. */
async function isNear(parent: string, file: string, home: string): Promise<boolean> {
  const folder = dirname(file);
  const around = dirname(basename(folder) === ".harness" ? dirname(folder) : folder);
  const realHome = await realFile(home).catch(() => home);
  return [around, realHome].some((root) => {
    const way = relative(root, parent);
    return way !== "" && !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
  });
}

function expandPath(path: string, folder: string, home: string): string {
  return path.startsWith("~/") ? join(home, path.slice(2)) : resolve(folder, path);
}

async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new PolicyError("The policy file does not exist", { file: path, cause });
  }
}

/** A file that is there but cannot be looked at, and a link to nothing, count as there: reading it says what is wrong. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code !== "ENOENT" && code !== "ENOTDIR";
  }
}
