import type { AST } from "toml-eslint-parser";

import { ConfigError, describeError, suggestName } from "../errors/index.ts";
import { checkValue, type SettingValue } from "./setting-kinds.ts";
import { findSetting, SETTINGS, type Setting } from "./setting-table.ts";

/** One setting as a file has it. */
export interface Entry {
  readonly setting: Setting;
  /** `section.key`, with the real name where the table has `*`. */
  readonly key: string;
  readonly value: SettingValue;
  readonly file: string;
  readonly line: number;
}

/** Reads a file's text. Throws a `ConfigError` with file, line and column for the first thing that is wrong. */
export async function readEntries(text: string, file: string): Promise<readonly Entry[]> {
  const { getStaticTOMLValue, parseTOML, ParseError } = await import("toml-eslint-parser");
  const place = (node: { readonly loc: AST.SourceLocation }) => ({
    file,
    line: node.loc.start.line,
    column: node.loc.start.column + 1,
  });
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch (cause) {
    const position = cause instanceof ParseError ? { line: cause.lineNumber, column: cause.column + 1 } : {};
    throw new ConfigError(`Not valid TOML: ${describeError(cause)}`, { file, cause, ...position });
  }
  return program.body[0].body.flatMap((node) => {
    const prefix = node.type === "TOMLTable" ? node.resolvedKey.map(String) : [];
    const pairs = node.type === "TOMLTable" ? node.body : [node];
    if (pairs.length === 0) checkSection(prefix, place(node));
    return pairs.map((pair) => {
      const path = [...prefix, ...pair.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value))];
      return toEntry(path, getStaticTOMLValue(pair.value), place(pair));
    });
  });
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function toEntry(path: readonly string[], value: unknown, place: Place): Entry {
  const key = path.join(".");
  const setting = findSetting(path);
  if (setting === undefined) throw unknownKey(path, place);
  const checked = checkValue(setting.kind, value);
  if (!checked.isValid) throw new ConfigError(`${key} ${checked.problem}`, place);
  return { setting, key, value: checked.value, file: place.file, line: place.line };
}

function unknownKey(path: readonly string[], place: Place): ConfigError {
  checkSection(path.slice(0, 1), place);
  const [section = "", ...rest] = path;
  const keys = SETTINGS.filter(({ key }) => key.startsWith(`${section}.`)).map(({ key }) => key.split(".").at(-1) ?? "");
  const name = rest.at(-1);
  if (name === undefined) return new ConfigError(`"${section}" is a section: write [${section}] and its keys below`, place);
  return new ConfigError(`Unknown key "${name}" in [${section}].${suggestName(name, keys)} Known: ${keys.join(", ")}`, place);
}

function checkSection([section = ""]: readonly string[], place: Place): void {
  const sections = [...new Set(SETTINGS.map(({ key }) => key.split(".")[0] ?? ""))];
  if (sections.includes(section)) return;
  throw new ConfigError(
    `Unknown section or key "${section}".${suggestName(section, sections)} Sections: ${sections.join(", ")}`,
    place,
  );
}
