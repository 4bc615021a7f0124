import { readFile, realpath } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, relative, isAbsolute } from "node:path";

/** Project instructions, as they go into the system prompt. */
export interface Instructions {
  readonly text: string;
  /** Absolute paths of the files that were read, outermost first. */
  readonly files: readonly string[];
}

const NAMES = ["HARNESS.md", "AGENTS.md"];
const MAX_BYTES = 50_000;

/**
 * Reads HARNESS.md and AGENTS.md from the repository's root down to `cwd`, so that the nearest has the last word.
 * Without a repository only `cwd` is looked at. A link that leaves the repository is not followed; more than 50 000
 * bytes are cut off with a note.
 */
export async function loadInstructions({ cwd, home }: { readonly cwd: string; readonly home: string }): Promise<Instructions> {
  const root = findRoot(cwd, home);
  const files: string[] = [];
  let text = "";
  for (const folder of foldersBetween(root, cwd)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      const content = await readInside(file, root);
      if (content === undefined || content.trim() === "") continue;
      files.push(file);
      text += `${text === "" ? "" : "\n\n"}## ${relative(root, file)}\n\n${content.trim()}`;
    }
  }
  return { text: cut(text), files };
}

/** The nearest folder with a `.git`, never above the home directory. */
function findRoot(cwd: string, home: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (folder === home || folder === dirname(folder)) return cwd;
  }
}

function foldersBetween(root: string, cwd: string): readonly string[] {
  const folders = [cwd];
  for (let folder = cwd; folder !== root && folder !== dirname(folder); folder = dirname(folder)) {
    folders.unshift(dirname(folder));
  }
  return folders;
}

async function readInside(file: string, root: string): Promise<string | undefined> {
  try {
    // A link out of a cloned repository could put any file of the user before the model.
    const path = relative(await realpath(root), await realpath(file));
    if (path.startsWith("..") || isAbsolute(path)) return undefined;
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BYTES) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, MAX_BYTES), { stream: true });
  return `${kept}\n\n[The instructions were cut off at ${MAX_BYTES} of ${bytes.length} bytes]`;
}
