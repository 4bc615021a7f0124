import { basename, dirname } from "node:path";

import { ConfigError } from "../errors/index.ts";
// The file itself: nothing of access to files is needed.
import { readTextFile } from "../files/read-text-file.ts";
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
  const read = await readTextFile(file, { maxBytes: MAX_BYTES });
  switch (read.type) {
    case "text":
      return read.text;
    case "missing":
      return undefined;
    case "problem":
      throw new ConfigError(read.problem, { file, cause: read.cause });
    default:
      return read satisfies never;
  }
}
