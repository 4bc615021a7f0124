/**
 * Fails when a door has no source, when what its index.ts names is not to be had through dist/, or when opening it loads
 * what it must not. Needs dist/. `node scripts/check-doors.ts [root]`
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { readLoaded } from "./door-graph.ts";
import { FORBIDDEN } from "./door-rules.ts";
import { type Door, readDoors, readManifest } from "./doors.ts";
import { type Problems, runCheck } from "./run-check.ts";
import { readText } from "./source-files.ts";

export async function checkDoors(root: string): Promise<Problems> {
  const doors = readDoors(root);
  const present = doors.filter(({ source }) => existsSync(join(root, source)));
  const absent = doors.filter((door) => !present.includes(door));
  const rules = Object.keys(FORBIDDEN).filter((name) => name !== "*" && !doors.some((door) => door.name === name));
  return [
    ...absent.map(
      ({ name, source }) => `package.json: the door "${name}" has no source: write ${source} or close the door`,
    ),
    ...(await Promise.all(present.map((door) => checkLoaded(root, door)))).flat(),
    ...(await checkReach(root, present)),
    ...checkEntryPoints(root, doors),
    ...(root === process.cwd() ? rules.map((name) => `scripts/door-rules.ts: there is no door "${name}"`) : []),
  ];
}

/** The documentation shows every door, and nothing else. */
function checkEntryPoints(root: string, doors: readonly Door[]): Problems {
  if (!existsSync(join(root, "typedoc.json"))) return [];
  const { entryPoints } = JSON.parse(readText(root, "typedoc.json")) as { readonly entryPoints: readonly string[] };
  const sources = doors.map(({ source }) => source);
  const absent = sources.filter((source) => !entryPoints.includes(source));
  const extra = entryPoints.filter((source) => !sources.includes(source));
  return [
    ...absent.map((source) => `typedoc.json: add the door ${source} to entryPoints`),
    ...extra.map((source) => `typedoc.json: ${source} in entryPoints is no door`),
  ];
}

async function checkLoaded(root: string, { name, source }: Door): Promise<Problems> {
  const peers = Object.keys(readManifest(root).peerDependencies ?? {});
  const forbidden = [...(FORBIDDEN["*"] ?? []), ...peers, ...(FORBIDDEN[name] ?? [])];
  const loaded = await readLoaded(root, source);
  return [...loaded.values()].flatMap((chain) => {
    const last = chain.at(-1) ?? "";
    if (!forbidden.some((one) => last === one || last.startsWith(`${one}/`))) return [];
    return [`door "${name}" loads ${last} by ${chain.join(" > ")}. Import it with await import() where it is needed`];
  });
}

/** Every name of a door's index.ts can be imported from dist/: types by its .d.ts, values when it runs. */
async function checkReach(root: string, doors: readonly Door[]): Promise<Problems> {
  const files = doors.flatMap(({ source, built }) => [join(root, source), join(root, toTypes(built))]);
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  });
  const problems: string[] = [];
  for (const door of doors) {
    if (!existsSync(join(root, door.built)) || !existsSync(join(root, toTypes(door.built)))) {
      problems.push(`${door.built} is not there: run npm run build`);
      continue;
    }
    const wanted = readNames(program, join(root, door.source));
    const typed = readNames(program, join(root, toTypes(door.built)));
    const module = (await import(pathToFileURL(join(root, door.built)).href)) as object;
    for (const [symbol, isValue] of wanted) {
      const isThere = typed.has(symbol) && (!isValue || symbol in module);
      if (!isThere)
        problems.push(`door "${door.name}": ${symbol} of ${door.source} is not in ${door.built}: run npm run build`);
    }
  }
  return problems;
}

function toTypes(built: string): string {
  return built.replace(/\.js$/, ".d.ts");
}

/** The exported names of a module, and whether there is a value behind each. */
function readNames(program: ts.Program, file: string): ReadonlyMap<string, boolean> {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (symbol === undefined) return new Map();
  const names = checker.getExportsOfModule(symbol).map((exported): [string, boolean] => {
    const isTypeOnly = (exported.declarations ?? []).some((one) => ts.isExportSpecifier(one) && isTypeExport(one));
    const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    return [exported.name, !isTypeOnly && (target.flags & ts.SymbolFlags.Value) !== 0];
  });
  return new Map(names);
}

function isTypeExport(specifier: ts.ExportSpecifier): boolean {
  return specifier.isTypeOnly || specifier.parent.parent.isTypeOnly;
}

await runCheck(
  import.meta.url,
  checkDoors,
  "Doors open: each has its source, its names and loads nothing that it must not.",
);
