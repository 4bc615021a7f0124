import { ConfigError, describeError, suggestName, type SourcePosition } from "../errors/index.ts";

/** A document with settings at its head: `---`, YAML, `---`, text. */
export interface FrontMatter {
  /** The settings by their names; empty when the document has no head. */
  readonly settings: ReadonlyMap<string, FrontMatterSetting>;
  /** What follows the head, without the blank lines around it. */
  readonly body: string;
}

/** One setting, and where it stands. */
export interface FrontMatterSetting {
  readonly value: unknown;
  /** From 1. */
  readonly line: number;
}

/** More than this is no head. */
const MAX_HEAD = 64 * 1024;

/**
 * Reads a document. Throws a `ConfigError` with file and line for a head that is not closed, that is no map of YAML 1.2,
 * or that has a key which is not in `keys`: a setting that nobody reads protects nobody.
 */
export async function readFrontMatter(
  text: string,
  { file, keys }: { readonly file: string; readonly keys: readonly string[] },
): Promise<FrontMatter> {
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  if (!/^---[ \t]*\n/.test(source)) return { settings: new Map(), body: source.trim() };
  const start = source.indexOf("\n") + 1;
  const end = source.slice(start).search(/^---[ \t]*$/m);
  if (end < 0 || end > MAX_HEAD) {
    throw new ConfigError('The head that begins with "---" is not closed by another line "---"', { file, line: 1 });
  }
  const body = source.slice(start + end).replace(/^---[ \t]*\n?/, "");
  return { settings: await parseHead(source.slice(start, start + end), { file, keys }), body: body.trim() };
}

async function parseHead(
  head: string,
  { file, keys }: { readonly file: string; readonly keys: readonly string[] },
): Promise<ReadonlyMap<string, FrontMatterSetting>> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lineCounter = new LineCounter();
  const document = parseDocument(head, {
    lineCounter,
    strict: true,
    uniqueKeys: true,
    schema: "core",
    prettyErrors: false,
  });
  // The line of the opening "---" stands before the head.
  const lineOf = (offset: number | undefined): number => lineCounter.linePos(offset ?? 0).line + 1;
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined)
    throw new ConfigError(problem.message, { file, line: lineOf(problem.pos[0]), cause: problem });
  const settings = new Map<string, FrontMatterSetting>();
  if (document.contents === null) return settings;
  if (!isMap(document.contents)) throw new ConfigError('The head must be a map: "name: value"', { file, line: 2 });
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const line = lineOf(isScalar(key) ? key.range?.[0] : undefined);
    if (!keys.includes(name)) {
      throw new ConfigError(`Unknown key "${name}".${suggestName(name, keys)} Keys: ${keys.join(", ")}`, {
        file,
        line,
      });
    }
    settings.set(name, { value: readValue(() => toPlain(value, document), { file, line }), line });
  }
  return settings;
}

/** An alias may lead nowhere, or to too much. */
function readValue(read: () => unknown, place: SourcePosition): unknown {
  try {
    return read();
  } catch (cause) {
    throw new ConfigError(describeError(cause), { ...place, cause });
  }
}

function toPlain(node: unknown, document: { readonly toJS: () => unknown }): unknown {
  if (typeof node !== "object" || node === null || !("toJS" in node) || typeof node.toJS !== "function")
    return undefined;
  // A node of the `yaml` package turns itself into a value with its document.
  return (node.toJS as (of: unknown, options: { readonly maxAliasCount: number }) => unknown)(document, {
    maxAliasCount: 10,
  });
}
