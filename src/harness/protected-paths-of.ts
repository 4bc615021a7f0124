import { isAbsolute, resolve } from "node:path";

import type { HarnessConfig } from "../config/index.ts";

/** What no tool may write by the configuration: the paths that it names, and the programs that it runs as hooks. */
export function protectedPathsOf({ tools, hooks }: HarnessConfig, cwd: string): readonly string[] {
  const programs = [...hooks.values()].flatMap(({ command = [] }) =>
    command.filter((word) => /^[.~]?\.?\//.test(word)),
  );
  return [
    ...(tools.protectedPaths ?? []),
    ...programs.filter((word) => !word.startsWith("~")).map((word) => (isAbsolute(word) ? word : resolve(cwd, word))),
  ];
}
