import { PolicyError } from "../errors/index.ts";
import type { PolicySource, SourcePath } from "./policy-source.ts";

/** A key and where it stands; only what is needed of the parser's tree. */
interface KeyPlace {
  readonly path: SourcePath;
  readonly key: { readonly line: number; readonly column: number };
  readonly value: { readonly line: number; readonly column: number };
}

interface TomlNode {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
  readonly body?: readonly TomlNode[];
  readonly elements?: readonly TomlNode[];
  readonly key?: { readonly keys: readonly { readonly name?: string; readonly value?: string }[] } & TomlNode;
  readonly value?: TomlNode;
  readonly resolvedKey?: SourcePath;
}

/** Parses TOML (`[[rules]]`). Throws a `PolicyError` where it is wrong. */
export async function parseToml(text: string, file: string): Promise<PolicySource> {
  const { getStaticTOMLValue, ParseError, parseTOML } = await import("toml-eslint-parser");
  try {
    const program = parseTOML(text);
    const places: KeyPlace[] = [];
    // The parser's nodes have these properties; the type above names the few that are read.
    collect(program as unknown as TomlNode, [], places);
    return { file, value: getStaticTOMLValue(program) as unknown, locate: (path, part) => locate(places, path, part) };
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    throw new PolicyError(cause.message, { file, line: cause.lineNumber, column: cause.column + 1, cause });
  }
}

function collect(node: TomlNode, path: SourcePath, places: KeyPlace[]): void {
  if (node.type === "TOMLTable") {
    const start = node.resolvedKey ?? [];
    places.push({ path: start, key: node.loc.start, value: node.loc.start });
    for (const child of node.body ?? []) collect(child, start, places);
    return;
  }
  if (node.type === "TOMLKeyValue" && node.key !== undefined && node.value !== undefined) {
    const inner = [...path, ...node.key.keys.map(({ name, value }) => name ?? value ?? "")];
    places.push({ path: inner, key: node.key.loc.start, value: node.value.loc.start });
    collect(node.value, inner, places);
    return;
  }
  for (const child of node.body ?? []) collect(child, path, places);
  for (const [index, child] of (node.elements ?? []).entries()) {
    places.push({ path: [...path, index], key: child.loc.start, value: child.loc.start });
    collect(child, [...path, index], places);
  }
}

function locate(
  places: readonly KeyPlace[],
  path: SourcePath,
  part: "key" | "value",
): { line?: number; column?: number } {
  for (let length = path.length; length >= 0; length--) {
    const wanted = path.slice(0, length);
    const place = places.find(
      (found) => found.path.length === length && found.path.every((step, at) => step === wanted[at]),
    );
    if (place !== undefined) return { line: place[part].line, column: place[part].column + 1 };
  }
  return { line: 1, column: 1 };
}
