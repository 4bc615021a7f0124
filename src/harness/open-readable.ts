import { loadOnce } from "../async/index.ts";
import { existsSync } from "node:fs";

import type { Files } from "../spec/index.ts";
import type { Wiring } from "./wiring.ts";

const loadFiles = loadOnce(() => import("../files/index.ts"));

/**
 * The files of an agent: those of the sandbox, and for reading those of skills and the results that were too long for
 * the context, which stand outside.
 */
export async function openReadable(wiring: Wiring, spilled: string): Promise<Files> {
  const { files } = wiring.modules;
  const { createFiles, withReadable } = await loadFiles();
  const opened = new Map<string, Promise<Files>>();
  const open = (cwd: string): Promise<Files> => {
    const known = opened.get(cwd) ?? createFiles({ cwd });
    opened.set(cwd, known);
    return known;
  };
  return withReadable(files, async () => {
    const { skills } = await wiring.skills();
    const directories = [spilled, ...[...skills.values()].map(({ directory }) => directory)];
    return await Promise.all(directories.filter((directory) => existsSync(directory)).map(open));
  });
}
