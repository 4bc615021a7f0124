import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";

import { ConfigError, describeError } from "../errors/index.ts";
import type { IgnoredSetting } from "../spec/index.ts";
import { buildConfig } from "./build-config.ts";
import type { HarnessConfig } from "./harness-config.ts";
import { readEntries, type Entry } from "./read-entries.ts";
import { checkValue, readText, type SettingValue } from "./setting-kinds.ts";
import { SETTINGS } from "./setting-table.ts";
import { judgeUntrusted } from "./trust-rules.ts";

/** Where to look for configuration. */
export interface LoadConfigOptions {
  /** Absolute path of the working directory. */
  readonly cwd: string;
  /** Absolute path of the user's home directory. */
  readonly home: string;
  /** @default nothing */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** This file instead of those that are found, trusted since the host named it; `false`: no file at all. */
  readonly path?: string | false;
  /** Take the project's file in full, not only where it tightens. @default false */
  readonly trustProject?: boolean;
}

/** What was loaded. */
export interface LoadedConfig {
  readonly config: HarnessConfig;
  /** Absolute paths of the files that were read. */
  readonly files: readonly string[];
  /** Which file or variable set each key. */
  readonly sources: ReadonlyMap<string, string>;
  /** What an untrusted project would have loosened. */
  readonly ignored: readonly IgnoredSetting[];
}

/**
 * Loads the configuration: environment over `<cwd>/.harness/config.toml` over `~/.harness/config.toml`, joined key by
 * key. A file that is not there is fine; one that cannot be read, is not TOML, or holds an unknown key or a bad value
 * is a `ConfigError`. The project's file may only tighten unless the project is trusted.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { cwd, home, env = {}, path, trustProject = false } = options;
  const merged: Merged = { values: new Map(), sources: new Map(), files: [], ignored: [] };
  const user = join(home, ".harness", "config.toml");
  const project = join(cwd, ".harness", "config.toml");
  if (typeof path === "string") {
    await mergeFile(resolve(cwd, path), { home, isTrusted: true, isRequired: true }, merged);
  } else if (path === undefined) {
    await mergeFile(user, { home, isTrusted: true, isRequired: false }, merged);
    // In the home directory both are the same file, and that is the user's.
    if (project !== user) await mergeFile(project, { home, isTrusted: trustProject, isRequired: false }, merged);
  }
  mergeEnvironment(env, { home, cwd }, merged);
  const { values, sources, files, ignored } = merged;
  return { config: buildConfig(values), files, sources, ignored };
}

interface Merged {
  readonly values: Map<string, SettingValue>;
  readonly sources: Map<string, string>;
  readonly files: string[];
  readonly ignored: IgnoredSetting[];
}

async function mergeFile(
  file: string,
  { home, isTrusted, isRequired }: { readonly home: string; readonly isTrusted: boolean; readonly isRequired: boolean },
  merged: Merged,
): Promise<void> {
  const text = await readFileText(file, isRequired);
  if (text === undefined) return;
  merged.files.push(file);
  const base = file.endsWith(join(".harness", "config.toml")) ? dirname(dirname(file)) : dirname(file);
  for (const entry of await readEntries(text, file)) mergeEntry(entry, { home, base, isTrusted }, merged);
}

async function readFileText(file: string, isRequired: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR");
    if (isMissing && !isRequired) return undefined;
    throw new ConfigError(`The configuration cannot be read: ${describeError(cause)}`, { file, cause });
  }
}

function mergeEntry(
  { setting, key, value, file, line }: Entry,
  { home, base, isTrusted }: { readonly home: string; readonly base: string; readonly isTrusted: boolean },
  merged: Merged,
): void {
  const absolute = resolvePaths(value, setting.kind, { home, base });
  if (isTrusted) {
    set(merged, key, absolute, file);
    return;
  }
  const answer = judgeUntrusted(setting.trust, absolute, merged.values.get(key));
  if (answer.isTaken) set(merged, key, answer.value, file);
  else merged.ignored.push({ file, line, key, reason: answer.reason });
}

function mergeEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { home, cwd }: { readonly home: string; readonly cwd: string },
  merged: Merged,
): void {
  for (const { key, kind, env: name } of SETTINGS) {
    const text = name === undefined ? undefined : env[name];
    if (name === undefined || text === undefined || text === "") continue;
    const checked = checkValue(kind, readText(kind, text));
    if (!checked.isValid) throw new ConfigError(`The environment variable ${name} ${checked.problem}`);
    set(merged, key, resolvePaths(checked.value, kind, { home, base: cwd }), name);
  }
}

function set({ values, sources }: Merged, key: string, value: SettingValue, source: string): void {
  values.set(key, value);
  sources.set(key, source);
}

function resolvePaths(
  value: SettingValue,
  kind: Entry["setting"]["kind"],
  { home, base }: { readonly home: string; readonly base: string },
): SettingValue {
  const toAbsolute = (path: string): string => {
    if (path === "~" || path.startsWith("~/")) return join(home, path.slice(1));
    return isAbsolute(path) ? path : join(base, path);
  };
  if (kind.type === "path" && typeof value === "string") return toAbsolute(value);
  if (kind.type !== "strings" || kind.isPath !== true) return value;
  return Array.isArray(value) ? value.map((path: string) => toAbsolute(path)) : value;
}
