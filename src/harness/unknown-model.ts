import { modelNames } from "../catalogue/index.ts";
import { suggestName, type ConfigError, type HarnessError } from "../errors/index.ts";
import { settingError } from "./setting-error.ts";
import type { Settings } from "./settings.ts";

/** The error of a model's name in the configuration, with its place and the nearest valid name. */
export function unknownModel(
  written: string,
  { settings, key, problem }: { readonly settings: Settings; readonly key: string; readonly problem: HarnessError },
): ConfigError {
  const own = [...settings.config.models].flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  const hint = problem.message.includes("Did you mean") ? "" : suggestName(written, [...modelNames(), ...own]);
  return settingError(settings, key, `"${written}": ${problem.message}.${hint}`);
}
