/**
 * Fails when what the front door loads at once, third parties included, is above its limit. Reports how long the import
 * takes, which is not judged: machines differ. `node scripts/check-size.ts [root]`
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { readDoors, readManifest } from "./doors.ts";
import { type Problems, runCheck } from "./run-check.ts";

const LIMIT_KB = 60;
const ROUNDS = 7;

export async function checkSize(root: string): Promise<Problems> {
  const door = readDoors(root).find(({ name }) => name === ".");
  if (door === undefined || !existsSync(join(root, door.source))) return ["package.json: there is no front door"];
  const kilobytes = (await measureStatic(root, door.source)) / 1024;
  console.log(`Front door: ${kilobytes.toFixed(1)} KB gzipped of at most ${LIMIT_KB}`);
  if (existsSync(join(root, door.built))) reportImport(join(root, door.built));
  if (kilobytes <= LIMIT_KB) return [];
  return [
    `${door.source}: ${kilobytes.toFixed(1)} KB gzipped, at most ${LIMIT_KB}. See what it loads: npm run check:size -- . list`,
  ];
}

/** Bytes of all that is loaded before anybody calls anything: the entry and the chunks it imports statically. */
async function measureStatic(root: string, source: string): Promise<number> {
  const outdir = join(root, ".tmp", "size");
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    splitting: true,
    outdir,
    external: Object.keys(readManifest(root).peerDependencies ?? {}),
    logLevel: "silent",
  });
  const entry = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === source)?.[0];
  const loaded = new Set(entry === undefined ? [] : [entry]);
  for (const name of loaded) {
    const statics = (metafile.outputs[name]?.imports ?? []).filter((one) => one.kind === "import-statement");
    for (const one of statics) if (one.external !== true) loaded.add(one.path);
  }
  const bytes = outputFiles
    .filter(({ path }) => loaded.has(path.slice(root.length + 1)))
    .map(({ contents }) => contents);
  if (process.argv[3] === "list") listInputs(metafile.outputs, loaded);
  return gzipSync(Buffer.concat(bytes)).byteLength;
}

function listInputs(
  outputs: Readonly<Record<string, { inputs: Record<string, { bytesInOutput: number }> }>>,
  loaded: ReadonlySet<string>,
): void {
  const inputs = [...loaded].flatMap((name) => Object.entries(outputs[name]?.inputs ?? {}));
  const sorted = inputs.toSorted(([, left], [, right]) => right.bytesInOutput - left.bytesInOutput);
  for (const [path, { bytesInOutput }] of sorted) console.log(`${String(bytesInOutput).padStart(8)} ${path}`);
}

function reportImport(file: string): void {
  const code = `const at = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - at)`;
  const times = Array.from({ length: ROUNDS }, () =>
    Number(spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }).stdout),
  );
  console.log(`Import: ${Math.min(...times).toFixed(1)} ms at best of ${ROUNDS} (not judged)`);
}

await runCheck(import.meta.url, checkSize, "The front door is small enough.");
