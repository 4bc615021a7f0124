import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import ts from "typescript";

/** All TypeScript files below a folder of `root`, relative to `root`, with "/" between the names. */
export function listSources(root: string, folder = "src"): readonly string[] {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
}

/**
 * What a file imports in any way: statically, for types, or at run time. Packages by their name, files relative to
 * `root`; one that lies outside of src/ begins with "../".
 */
export function readImports(root: string, file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readText(root, file), true, true);
  return importedFiles.map(({ fileName }) => {
    if (!fileName.startsWith(".")) return fileName;
    const path = posix.join(dirname(file), fileName);
    return path.startsWith("src/") ? path : `../${path}`;
  });
}

export function readText(root: string, file: string): string {
  return readFileSync(join(root, file), "utf8");
}
