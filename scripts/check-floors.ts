/** Fails on an import that goes up, sideways or in a ring. `node scripts/check-floors.ts [root]` */
import ts from "typescript";
import { FLOORS } from "./floors.ts";
import { type Problems, runCheck } from "./run-check.ts";
import { listSources, readImports, readText } from "./source-files.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

const LEVELS = new Map(FLOORS.flatMap((folders, level) => folders.map((folder) => [folder, level])));

export function checkFloors(root: string): Problems {
  const files = listSources(root);
  const graph: Graph = new Map(files.map((file) => [file, readImports(root, file)]));
  return [
    ...findStrangers(files),
    ...files.flatMap((file) => (graph.get(file) ?? []).flatMap((target) => judgeImport(file, target))),
    ...findRings(graph),
    ...files.filter((file) => folderOf(file) === "spec").flatMap((file) => checkTypesOnly(root, file)),
  ];
}

/** The folder of a file below src/; a file that lies directly in src/ counts as a folder of its own name. */
function folderOf(file: string): string | undefined {
  return /^src\/([^/]+?)(?:\.ts)?(?:\/|$)/.exec(file)?.[1];
}

function findStrangers(files: readonly string[]): Problems {
  const folders = new Set(files.map((file) => folderOf(file) ?? file));
  return [...folders]
    .filter((folder) => !LEVELS.has(folder))
    .map((folder) => `src/${folder}: stands on no floor. Name it in scripts/floors.ts and in ARCHITECTURE.md`);
}

function judgeImport(file: string, target: string): Problems {
  const [from, to] = [folderOf(file), folderOf(target)];
  if (from === undefined || from === to) return [];
  if (target.startsWith("harness-agent")) return [`${file}: imports the package by its own name; use a relative path`];
  if (target.startsWith("..")) return [`${file}: imports ${target}, which is outside src/`];
  if (to === undefined) return [];
  const [own, other] = [LEVELS.get(from), LEVELS.get(to)];
  if (own === undefined || other === undefined || other < own) return [];
  const where = other === own ? "beside it, on the same floor" : "on a floor above";
  return [
    `${file}: imports ${target}, but ${to}/ stands ${where} (${from}/ is on ${own}, ${to}/ on ${other}). ` +
      "Take it in as a port of spec/, or move what both need down",
  ];
}

/** Rings between files: strongly connected components of the import graph (Tarjan 1972). */
function findRings(graph: Graph): Problems {
  const seen = new Map<string, { readonly index: number; low: number; isOpen: boolean }>();
  const open: string[] = [];
  const rings: string[][] = [];
  function visit(file: string): number {
    const mark = { index: seen.size, low: seen.size, isOpen: true };
    seen.set(file, mark);
    open.push(file);
    for (const target of (graph.get(file) ?? []).filter((name) => graph.has(name))) {
      const other = seen.get(target);
      if (other === undefined) mark.low = Math.min(mark.low, visit(target));
      else if (other.isOpen) mark.low = Math.min(mark.low, other.index);
    }
    if (mark.low === mark.index) rings.push(closeRing(file));
    return mark.low;
  }
  function closeRing(first: string): string[] {
    const ring = open.splice(open.indexOf(first));
    for (const file of ring) Object.assign(seen.get(file) ?? {}, { isOpen: false });
    return ring;
  }
  for (const file of graph.keys()) if (!seen.has(file)) visit(file);
  return rings
    .filter((ring) => ring.length > 1 || ring.some((file) => graph.get(file)?.includes(file)))
    .map(
      (ring) => `${ring.toSorted().join(", ")}: import each other in a ring. Move what they share to a file below both`,
    );
}

/** Floor 0 is words: once the types are erased, nothing may be left of a file. */
function checkTypesOnly(root: string, file: string): Problems {
  const { outputText } = ts.transpileModule(readText(root, file), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
      removeComments: true,
    },
  });
  const rest = outputText.replace(/export \{\};|\s/g, "");
  return rest === "" ? [] : [`${file}: spec/ holds types only, but this is left at run time: ${rest.slice(0, 60)}`];
}

await runCheck(import.meta.url, checkFloors, "Floors hold: no import goes up, sideways or in a ring.");
