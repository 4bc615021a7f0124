/** What opening a door loads: its static imports, followed through our source by the bundler. */
import { join } from "node:path";
import { build, type Metafile } from "esbuild";

/** The chain of imports that leads to each loaded file and package, from the door on. */
export type LoadedBy = ReadonlyMap<string, readonly string[]>;

/** Files below src/ by their path, packages by name, modules of Node as "node:…". */
export async function readLoaded(root: string, source: string): Promise<LoadedBy> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node22",
    packages: "external",
    splitting: true,
    outdir: join(root, ".tmp", "doors"),
    logLevel: "silent",
  });
  return followStatic(metafile, source);
}

function followStatic({ inputs }: Metafile, source: string): LoadedBy {
  const loaded = new Map<string, readonly string[]>([[source, [source]]]);
  const open = [source];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    const chain = loaded.get(file) ?? [];
    const statics = (inputs[file]?.imports ?? []).filter((one) => one.kind === "import-statement");
    for (const { path, external } of statics) {
      const name = external === true ? moduleName(path) : path;
      if (loaded.has(name)) continue;
      loaded.set(name, [...chain, name]);
      if (external !== true) open.push(path);
    }
  }
  return loaded;
}

/** "zod/v4" is zod, "@scope/name/sub" is @scope/name. */
function moduleName(path: string): string {
  if (path.startsWith("node:")) return path;
  return path.split("/", path.startsWith("@") ? 2 : 1).join("/");
}
