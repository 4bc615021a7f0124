import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

import { ConfigError, describeError } from "../errors/index.ts";
import { BadValue } from "./bad-value.ts";
import { checkHeader } from "./check-complete.ts";
import { checkSection, findSetting } from "./find-setting.ts";
import type { Layer, LayerEntry } from "./layer.ts";
import { parseToml, type TomlEntry } from "./parse-toml.ts";

/** More than this is no configuration. */
const MAX_BYTES = 1024 * 1024;

/** Reads a file; `undefined` when it is not there. Throws a `ConfigError` for the first thing that cannot be used. */
export async function readLayer(file: string, { home }: { readonly home: string }): Promise<Layer | undefined> {
  const source = await readSource(file);
  if (source === undefined) return undefined;
  const folder = dirname(file);
  const root = basename(folder) === ".harness" ? dirname(folder) : folder;
  const layer = new Map<string, LayerEntry>();
  const headers: TomlEntry[] = [];
  for (const entry of await parseToml(source, file)) {
    const read = await readEntry(entry, { file, root, home });
    if (read !== undefined) layer.set(read.key, read);
    else headers.push(entry);
  }
  for (const { keys, line, column } of headers) checkHeader(keys, layer, { file, line, column });
  return layer;
}

async function readEntry(
  { keys, value, line, column }: TomlEntry,
  { file, root, home }: { readonly file: string; readonly root: string; readonly home: string },
): Promise<LayerEntry | undefined> {
  const place = { file, line, column };
  const key = keys.join(".");
  if (value === undefined) {
    const problem = checkSection(keys);
    if (problem !== undefined) throw new ConfigError(problem, place);
    return undefined;
  }
  const found = findSetting(keys);
  if (typeof found === "string") throw new ConfigError(found, place);
  try {
    const setting = found.setting.read(value.plain, { root, home });
    await found.setting.check?.(setting);
    return { ...found, value: setting, key, source: `${file}:${line}`, position: place };
  } catch (cause) {
    if (!(cause instanceof BadValue)) throw cause;
    throw new ConfigError(`"${key}" ${cause.message}`, place);
  }
}

async function readSource(file: string): Promise<string | undefined> {
  try {
    const state = await stat(file);
    // A link to a device or a pipe would be read for ever.
    if (!state.isFile()) throw new ConfigError("This is no regular file", { file });
    if (state.size > MAX_BYTES) throw new ConfigError(`The file is larger than ${MAX_BYTES} bytes`, { file });
    return (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
  } catch (cause) {
    if (ConfigError.isInstance(cause)) throw cause;
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ConfigError(`The file cannot be read: ${describeError(cause)}`, { file, cause });
  }
}
