import type { AST } from "toml-eslint-parser";

import { ConfigError, describeError } from "../errors/index.ts";

/** One value of a file, or the header of a section. */
export interface TomlEntry {
  readonly keys: readonly string[];
  /** A header has none. */
  readonly value?: { readonly plain: unknown };
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Reads TOML into its values in order, with their places. Throws a `ConfigError` for what is no TOML. */
export async function parseToml(source: string, file: string): Promise<readonly TomlEntry[]> {
  const { parseTOML, ParseError } = await import("toml-eslint-parser");
  try {
    const program = parseTOML(source);
    return program.body[0].body.flatMap(readNode);
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw new ConfigError(`No TOML: ${describeError(cause)}`, { file, cause });
    const place = { file, line: cause.lineNumber, column: cause.column + 1 };
    throw new ConfigError(`No TOML: ${cause.message}`, { ...place, cause });
  }
}

function readNode(node: AST.TOMLKeyValue | AST.TOMLTable): readonly TomlEntry[] {
  if (node.type === "TOMLKeyValue") return readKeyValue(node, []);
  const keys = node.resolvedKey.map(String);
  const header: TomlEntry = { keys, ...placeOf(node.key) };
  return [header, ...node.body.flatMap((pair) => readKeyValue(pair, keys))];
}

function readKeyValue(pair: AST.TOMLKeyValue, above: readonly string[]): readonly TomlEntry[] {
  const keys = [...above, ...pair.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value))];
  if (pair.value.type === "TOMLInlineTable") {
    const header: TomlEntry = { keys, ...placeOf(pair.key) };
    return [header, ...pair.value.body.flatMap((inner) => readKeyValue(inner, keys))];
  }
  return [{ keys, value: { plain: plainValue(pair.value) }, ...placeOf(pair.key) }];
}

function plainValue(node: AST.TOMLContentNode): unknown {
  if (node.type === "TOMLArray") return node.elements.map(plainValue);
  // A table in a list has no use here; any object is refused by every reader.
  return node.type === "TOMLInlineTable" ? {} : node.value;
}

function placeOf({ loc }: AST.TOMLKey): { line: number; column: number } {
  return { line: loc.start.line, column: loc.start.column + 1 };
}
