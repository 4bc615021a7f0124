/** The doors of the package: its subpath exports, each with the source that it is built from. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Door {
  /** The subpath: ".", "./policy" … */
  readonly name: string;
  /** What a consumer imports: "harness-agent/policy". */
  readonly specifier: string;
  /** Relative to the root: "src/policy/index.ts". */
  readonly source: string;
  /** Relative to the root: "dist/policy/index.js". */
  readonly built: string;
}

export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
}

/** Every door of package.json#exports, whether its source is there or not. */
export function readDoors(root: string): readonly Door[] {
  const { name: packageName, exports } = readManifest(root);
  return Object.entries(exports).flatMap(([name, target]) => {
    if (name === "./package.json") return [];
    if (typeof target !== "string") throw new Error(`exports["${name}"] must be a string: the package is ESM only`);
    const built = target.slice("./".length);
    const source = built.replace(/^dist\//, "src/").replace(/\.js$/, ".ts");
    return [{ name, specifier: packageName + name.slice(1), source, built }];
  });
}

/** Entries for the bundler, by their path in dist/ without extension: all doors and programs whose source is there. */
export function readEntries(root: string): Readonly<Record<string, string>> {
  const programs = Object.values(readManifest(root).bin ?? {}).map((target) => {
    const built = target.replace(/^\.\//, "");
    return { built, source: built.replace(/^dist\//, "src/").replace(/\.js$/, ".ts") };
  });
  const present = [...readDoors(root), ...programs].filter(({ source }) => existsSync(join(root, source)));
  return Object.fromEntries(present.map(({ built, source }) => [built.slice("dist/".length, -".js".length), source]));
}
