import { join, resolve } from "node:path";

import { ConfigError, type SourcePosition } from "../errors/index.ts";
import type { IgnoredSetting } from "../spec/index.ts";
import { checkComplete } from "./check-complete.ts";
import { findFolders } from "./find-folders.ts";
import type { HarnessConfig } from "./harness-config.ts";
import type { Layer } from "./layer.ts";
import { mergeLayers } from "./merge-layers.ts";
import { readEnvironment } from "./read-environment.ts";
import { readLayer } from "./read-layer.ts";
import { tightenLayer } from "./tighten-layer.ts";

/** Options of `loadConfig`. */
export interface LoadConfigOptions {
  /** Absolute path of the folder that is worked in. */
  readonly cwd: string;
  /** The user's home, which holds `.harness/config.toml`. */
  readonly home: string;
  /** @default no variable */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A file instead of those that are found, trusted since the host names it; `false` = no file. @default those that are found */
  readonly path?: string | false;
  /** The project's file counts in full and not only where it tightens. @default false */
  readonly trustProject?: boolean;
}

/** A configuration and where it comes from. */
export interface LoadedConfig {
  readonly config: HarnessConfig;
  /** The files that were read, the user's first. */
  readonly files: readonly string[];
  /** Where each value comes from, by its key as written (`run.max_turns`): a file with its line, or a variable's name. */
  readonly sources: ReadonlyMap<string, string>;
  /** The same as a place in a file, for errors; a value of the environment has none. */
  readonly positions: ReadonlyMap<string, SourcePosition>;
  /** What an untrusted project asked for and did not get. */
  readonly ignored: readonly IgnoredSetting[];
}

const EMPTY: Layer = new Map();

/**
 * Loads the configuration: environment over the project's file over the user's file, merged key by key; a list is
 * replaced as a whole. The project's file is the nearest `.harness/config.toml` from `cwd` up to the repository's
 * root; until the project is trusted it may only tighten, and its lists of denials are added to the user's.
 * Throws a `ConfigError` with file, line and the nearest valid name for anything that cannot be used.
 *
 * @example
 * const { config } = await loadConfig({ cwd: "/srv/project", home: "/home/me", env: { HARNESS_MAX_TURNS: "20" } });
 * config.run.maxTurns; // 20
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { cwd, home, env = {} } = options;
  const environment = readEnvironment(env, { root: cwd, home });
  const found = options.path === undefined ? await readFound(options) : await readNamed(options.path, options);
  const { values, config } = mergeLayers([...found.layers, environment]);
  checkComplete(values);
  const sources = new Map([...values].map(([key, { source }]) => [key, source]));
  return { config, files: found.files, sources, positions: positionsOf(values), ignored: found.ignored };
}

function positionsOf(values: Layer): ReadonlyMap<string, SourcePosition> {
  return new Map(
    [...values].flatMap(([key, { position }]) => (position === undefined ? [] : [[key, position] as const])),
  );
}

interface FoundLayers {
  readonly layers: readonly Layer[];
  readonly files: readonly string[];
  readonly ignored: readonly IgnoredSetting[];
}

async function readNamed(path: string | false, { cwd, home }: LoadConfigOptions): Promise<FoundLayers> {
  if (path === false) return { layers: [], files: [], ignored: [] };
  const file = resolve(cwd, path);
  const layer = await readLayer(file, { home });
  if (layer === undefined) throw new ConfigError("The configuration file is not there", { file });
  return { layers: [layer], files: [file], ignored: [] };
}

async function readFound({ cwd, home, trustProject }: LoadConfigOptions): Promise<FoundLayers> {
  const userFile = configFile(home);
  const layer = await readLayer(userFile, { home });
  const user = layer ?? EMPTY;
  const files = layer === undefined ? [] : [userFile];
  const project = await readProject(userFile, { cwd, home });
  if (project === undefined) return { layers: [user], files, ignored: [] };
  files.push(project.file);
  if (trustProject === true) return { layers: [user, project.layer], files, ignored: [] };
  const tightened = tightenLayer(project.layer, user);
  return { layers: [user, tightened.layer], files, ignored: tightened.ignored };
}

/** The nearest file; one that is there and cannot be read throws, since it may forbid something. */
async function readProject(
  userFile: string,
  { cwd, home }: { readonly cwd: string; readonly home: string },
): Promise<{ readonly file: string; readonly layer: Layer } | undefined> {
  for (const folder of findFolders({ cwd, home }).toReversed()) {
    const file = configFile(folder);
    // Below the home and outside a project the user's own file is the nearest one.
    if (file === userFile) return undefined;
    const layer = await readLayer(file, { home });
    if (layer !== undefined) return { file, layer };
  }
  return undefined;
}

function configFile(folder: string): string {
  return join(resolve(folder), ".harness", "config.toml");
}
