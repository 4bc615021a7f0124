import { ConfigError } from "../errors/index.ts";
import type { Settings } from "./settings.ts";

/** The error of a setting that was read and turns out to be of no use, with the place where it was written. */
export function settingError({ loaded }: Pick<Settings, "loaded">, key: string, problem: unknown): ConfigError {
  const message = problem instanceof Error ? problem.message : String(problem);
  const cause = problem instanceof Error ? { cause: problem } : {};
  return new ConfigError(`"${key}": ${message}`, { ...loaded.positions.get(key), ...cause });
}
