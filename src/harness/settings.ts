import { homedir } from "node:os";
import { resolve } from "node:path";

import type { HarnessConfig, LoadedConfig } from "../config/index.ts";
import { digestConfig } from "./digest-config.ts";
import { resolveTrust } from "./resolve-trust.ts";
import type { RunOptions } from "./run-options.ts";

/** Options and configuration, joined: what a run is built from. */
export interface Settings {
  readonly options: RunOptions;
  readonly cwd: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: HarnessConfig;
  /** SHA-256 of the configuration, for the record. */
  readonly configDigest: string;
  readonly loaded: LoadedConfig;
  readonly instructions: string;
  /** The folders of the project, from its root to the working directory. */
  readonly folders: readonly string[];
  /** Files that were read so far. */
  readonly files: readonly string[];
  readonly log: (message: string) => void;
}

/** Loads configuration and instructions. Throws a `ConfigError` for what cannot be used. */
export async function loadSettings(given: RunOptions): Promise<Settings> {
  const env = given.env ?? process.env;
  const cwd = resolve(given.cwd ?? process.cwd());
  // An empty one counts as not set: paths below it would start at the working directory of the process.
  const home = env["HOME"] || homedir();
  // Decided once: whoever asks later reads a plain yes or no.
  const options: RunOptions = { ...given, trustProject: await resolveTrust(given, { cwd, home }) };
  const base = { options, cwd, home, env, log: options.log ?? (() => {}) };
  const { findFolders, loadConfig, loadInstructions } = await import("../config/index.ts");
  const path = options.config;
  const trust = options.trustProject === true ? { trustProject: true } : {};
  const loaded = await loadConfig({ cwd, home, env, ...trust, ...(path === undefined ? {} : { path }) });
  const { text, files } = path === false ? { text: "", files: [] } : await loadInstructions({ cwd, home });
  const { config } = loaded;
  const folders = findFolders({ cwd, home });
  return {
    ...base,
    config,
    configDigest: digestConfig(config),
    loaded,
    folders,
    instructions: text,
    files: [...loaded.files, ...files],
  };
}
