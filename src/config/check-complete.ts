import { ConfigError, type SourcePosition } from "../errors/index.ts";
import type { Layer, LayerEntry } from "./layer.ts";

/**
 * Refuses tables that say only half of what they must or contradict themselves, once all layers are joined: another may have
 * said the rest. Throws a `ConfigError` with the place of what is there.
 */
export function checkComplete(values: Layer): void {
  for (const [name, { event, command, ...rest }] of tablesOf("hooks", values)) {
    const [there] = [event, command, ...Object.values(rest)].filter((entry) => entry !== undefined);
    if (event === undefined || command === undefined) throw halfHook(name, there?.position);
  }
  const [threshold, keep] = ["context.threshold", "context.keep"].map((key) => values.get(key));
  if (Number(keep?.value ?? 0.25) >= Number(threshold?.value ?? 0.8)) {
    const problem =
      "[context] keep must be below threshold (0.8 unless it is set): else there would be nothing to take out";
    throw new ConfigError(problem, (keep ?? threshold)?.position);
  }
  for (const [name, { input, output }] of tablesOf("models", values)) {
    if ((input === undefined) === (output === undefined)) continue;
    const problem = `[models."${name}"] needs both input and output, in USD for a million tokens`;
    throw new ConfigError(problem, (input ?? output)?.position);
  }
}

/** Refuses a header below which nothing stands, where that means that something is not there. Throws a `ConfigError`. */
export function checkHeader(keys: readonly string[], layer: Layer, position: SourcePosition): void {
  const [section, name, ...rest] = keys;
  if (section !== "hooks" || name === undefined || rest.length > 0) return;
  if (!tablesOf(section, layer).has(name)) throw halfHook(name, position);
}

function halfHook(name: string, position: SourcePosition | undefined): ConfigError {
  return new ConfigError(`[hooks.${name}] needs event and command: a hook that never runs protects nobody`, position);
}

type Table = Readonly<Record<string, LayerEntry | undefined>>;

/** The tables of a section of named ones, by their names. */
function tablesOf(section: string, values: Layer): ReadonlyMap<string, Table> {
  const tables = new Map<string, Table>();
  for (const entry of values.values()) {
    const [first, name = "", key] = entry.path;
    if (first === section && key !== undefined) tables.set(name, { ...tables.get(name), [key]: entry });
  }
  return tables;
}
