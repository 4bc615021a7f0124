import { PolicyError } from "../errors/index.ts";
import type { PolicySource, SourcePath } from "./policy-source.ts";

/** Parses YAML 1.2 without tags, merge keys or duplicate keys. Throws a `PolicyError` at the first thing that is wrong. */
export async function parseYaml(text: string, file: string): Promise<PolicySource> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    strict: true,
    uniqueKeys: true,
    schema: "core",
    prettyErrors: false,
  });
  const placeOf = (offset: number | undefined): { line?: number; column?: number } => {
    if (offset === undefined) return {};
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  // A tag that is not known is only a warning to the parser, and loses its meaning.
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined)
    throw new PolicyError(problem.message, { file, ...placeOf(problem.pos[0]), cause: problem });

  const locate = (path: SourcePath, part: "key" | "value"): { line?: number; column?: number } => {
    if (path.length === 0) return placeOf(startOf(document.contents) ?? 0);
    const last = path.at(-1);
    const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === last);
      const node: unknown = part === "key" ? pair?.key : (pair?.value ?? pair?.key);
      return placeOf(startOf(node) ?? startOf(pair?.key));
    }
    const node: unknown = document.getIn(path, true);
    return placeOf(startOf(node) ?? startOf(parent));
  };
  return { file, value: readValue(() => document.toJS({ maxAliasCount: 10 }) as unknown, file), locate };
}

function readValue(read: () => unknown, file: string): unknown {
  try {
    return read();
  } catch (cause) {
    throw new PolicyError("The policy uses too many aliases: write the values out", { file, cause });
  }
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === "number" ? start : undefined;
}
