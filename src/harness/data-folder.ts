import { join } from "node:path";

/** Where the harness keeps what outlives a run: `~/.harness/…`. */
export function dataFolder(home: string, ...names: readonly string[]): string {
  return join(home, ".harness", ...names);
}
