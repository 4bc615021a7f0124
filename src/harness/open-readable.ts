import { loadOnce } from "../async/index.ts";
import { existsSync } from "node:fs";

import type { Files } from "../spec/index.ts";
import type { LoadedSkills } from "../skills/load-skills.ts";

const loadFiles = loadOnce(() => import("../files/index.ts"));

/** Opens the files of an agent whose long results are in a directory. */
export type ReadableOpener = (spilled: string) => Files;

/**
 * Prepares the files of agents: those of the sandbox, and for reading those of skills and the results that were too long
 * for the context, which stand outside.
 */
export async function prepareReadable(files: Files, { skills }: LoadedSkills): Promise<ReadableOpener> {
  const code = await loadFiles();
  const directories = [...skills.values()].map(({ directory }) => directory);
  return (spilled) => openReadable(files, [spilled, ...directories], code);
}

function openReadable(
  files: Files,
  directories: readonly string[],
  { createFiles, withReadable }: Pick<typeof import("../files/index.ts"), "createFiles" | "withReadable">,
): Files {
  const opened = new Map<string, Promise<Files>>();
  const open = (cwd: string): Promise<Files> => {
    const known = opened.get(cwd) ?? createFiles({ cwd });
    opened.set(cwd, known);
    return known;
  };
  return withReadable(files, () => Promise.all(directories.filter((directory) => existsSync(directory)).map(open)));
}
