import { ConfigError } from "../errors/index.ts";
import type { FrontMatter } from "./read-front-matter.ts";

/** Reads the settings of one document by kind. Each throws a `ConfigError` with file and line for another kind. */
export interface SettingValues {
  text(name: string): string | undefined;
  /** A list of texts, or one text with commas. */
  texts(name: string): readonly string[] | undefined;
  /** A whole number of at least 1. */
  count(name: string): number | undefined;
  /** A number from 0 on. */
  amount(name: string): number | undefined;
  yesOrNo(name: string): boolean | undefined;
  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined;
}

/** Opens the settings of a document. */
export function settingValues({ settings }: FrontMatter, file: string): SettingValues {
  const read = <Value>(name: string, what: string, parse: (value: unknown) => Value | undefined): Value | undefined => {
    const setting = settings.get(name);
    if (setting === undefined) return undefined;
    const value = parse(setting.value);
    if (value !== undefined) return value;
    throw new ConfigError(`${name} must be ${what}`, { file, line: setting.line });
  };
  const text = (value: unknown): string | undefined =>
    typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  const texts = (value: unknown): readonly string[] | undefined => {
    // A comma inside of brackets belongs to a rule: "Bash(git log, git show)".
    const list: unknown = typeof value === "string" ? value.split(/,(?![^(]*\))/) : value;
    if (!Array.isArray(list)) return undefined;
    const read = list.map(text);
    return read.every((item) => item !== undefined) ? read : undefined;
  };
  return {
    text: (name) => read(name, "a text that is not empty", text),
    texts: (name) => read(name, "a list of texts", texts),
    count: (name) =>
      read(name, "a whole number of at least 1", (value) =>
        isNumber(value) && Number.isInteger(value) && value >= 1 ? value : undefined,
      ),
    amount: (name) => read(name, "a number from 0 on", (value) => (isNumber(value) && value >= 0 ? value : undefined)),
    yesOrNo: (name) => read(name, "true or false", (value) => (typeof value === "boolean" ? value : undefined)),
    oneOf: (name, words) => read(name, `one of ${words.join(", ")}`, (value) => words.find((word) => word === value)),
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
