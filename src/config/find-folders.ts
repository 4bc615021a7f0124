import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The folders of a project, outermost first: from the repository's root (it holds `.git`) to `cwd`, or `cwd` alone where
 * there is no repository. Never above the home.
 */
export function findFolders({ cwd, home }: { readonly cwd: string; readonly home: string }): readonly string[] {
  const folders: string[] = [];
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.unshift(folder);
    // A worktree has a file there.
    if (existsSync(join(folder, ".git"))) return folders;
    if (folder === dirname(folder) || folder === resolve(home)) return [resolve(cwd)];
  }
}
