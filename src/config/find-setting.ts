import { suggestName } from "../errors/index.ts";
import { PROVIDER_NAMES } from "./provider-names.ts";
import { HOOK_SETTINGS, MODEL_SETTINGS, PROVIDER_SETTINGS, SETTINGS, type Setting } from "./settings-table.ts";

/** A place in the configuration, as code writes it: `["router", "maxTurns"]`, `["providers", "openai", "apiKey"]`. */
export type SettingPath = readonly string[];

/** A key that a file may hold. */
export interface FoundSetting {
  readonly path: SettingPath;
  /** What it reads was written for; whoever merges asks nothing more of the value. */
  readonly setting: Setting<unknown>;
}

/** Sections of named tables: what their names are, and what each table holds. */
const NAMED = new Map([
  [
    "providers",
    { name: /^[A-Za-z0-9][\w.-]*$/, what: "is no name of a provider", settings: PROVIDER_SETTINGS as object },
  ],
  ["hooks", { name: /^[A-Za-z0-9][\w.-]*$/, what: "is no name of a hook", settings: HOOK_SETTINGS as object }],
  [
    "models",
    {
      name: /^[A-Za-z0-9][\w.-]*\/[\x21-\x7e]+$/,
      what: 'is no name of a model: write "provider/id", in quotes',
      settings: MODEL_SETTINGS,
    },
  ],
]);

const SECTIONS = [...Object.keys(SETTINGS), ...NAMED.keys()];

/**
 * The setting that a key of a file means, written with underscores and without its sections: `["router", "strategy"]`.
 * A text says what is wrong with the key.
 */
export function findSetting(keys: readonly string[]): FoundSetting | string {
  const [section = "", ...rest] = keys;
  const table = tableOf(keys);
  if (typeof table === "string") return table;
  const names = NAMED.has(section) ? rest.slice(1) : rest;
  const [key] = names;
  if (key === undefined) return `"${keys.join(".")}" must be a table: write [${keys.join(".")}]`;
  const found = [...table].find(([name]) => toSnakeCase(name) === key);
  if (found === undefined) {
    const valid = [...table.keys()].map(toSnakeCase);
    return `Unknown key "${key}" in [${keys.slice(0, -names.length).join(".")}].${suggestName(key, valid)}`;
  }
  if (names.length > 1) return `"${keys.slice(0, -(names.length - 1)).join(".")}" is not a table`;
  return { path: [...keys.slice(0, -1), found[0]], setting: found[1] };
}

/** What is wrong with a section's name, if anything. */
export function checkSection(keys: readonly string[]): string | undefined {
  const table = tableOf(keys);
  if (typeof table === "string") return table;
  const depth = NAMED.has(keys[0] ?? "") ? 2 : 1;
  if (keys.length <= depth) return undefined;
  const found = findSetting(keys);
  return typeof found === "string" ? found : `"${keys.join(".")}" is not a table`;
}

/** As files write a name: `maxTurns` is `max_turns`. */
export function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function tableOf([section = "", name]: readonly string[]): ReadonlyMap<string, Setting<unknown>> | string {
  const named = NAMED.get(section);
  if (named !== undefined) {
    if (name !== undefined && !named.name.test(name)) return `"${name}" ${named.what}`;
    // A section of nobody would be read by nobody: its key and address, and the person's trust in them.
    if (section === "providers" && name !== undefined && !PROVIDER_NAMES.some((known) => known === name)) {
      return `There is no provider "${name}".${suggestName(name, PROVIDER_NAMES)} Known: ${PROVIDER_NAMES.join(", ")}`;
    }
    return toTable(named.settings);
  }
  const tables = new Map(Object.entries(SETTINGS).map(([key, settings]) => [key, settings as object]));
  const table = tables.get(section);
  if (table !== undefined) return toTable(table);
  const home = [...tables].find(([, settings]) => Object.keys(settings).some((key) => toSnakeCase(key) === section));
  const hint = home === undefined ? suggestName(section, SECTIONS) : ` It belongs to [${home[0]}].`;
  return `Unknown section or key "${section}".${hint}`;
}

function toTable(settings: object): ReadonlyMap<string, Setting<unknown>> {
  // Each setting is only ever given values that it read itself.
  return new Map(Object.entries(settings) as [string, Setting<unknown>][]);
}
