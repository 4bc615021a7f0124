import { existsSync } from "node:fs";

import type { Files } from "../spec/index.ts";
import type { Wiring } from "./wiring.ts";

/** The files of an agent: those of the sandbox, and for reading those of the user's skills, which stand outside. */
export async function openReadable(wiring: Wiring): Promise<Files> {
  const { files } = wiring.modules;
  const { skills } = await wiring.skills();
  const directories = [...skills.values()]
    .map(({ directory }) => directory)
    .filter((directory) => existsSync(directory));
  if (directories.length === 0) return files;
  const { createFiles, withReadable } = await import("../files/index.ts");
  return withReadable(files, await Promise.all(directories.map((cwd) => createFiles({ cwd }))));
}
