import type { Inner } from "./inner.ts";
import { RUNNERS } from "./runners.ts";
import type { ShellWord } from "./shell-analysis.ts";
import { unwrapWrapper } from "./unwrap-wrapper.ts";

/** What a developers' tool runs for a subcommand: `docker compose exec web npm test`. */
export function unwrapRunner(program: string, words: readonly ShellWord[]): readonly Inner[] {
  for (const runner of RUNNERS.get(program) ?? []) {
    const start = runner.path.length === 0 ? 0 : findSubcommand(runner.path, words);
    if (start < 0) continue;
    const inner = unwrapWrapper(runner, words.slice(start));
    if (inner.length > 0) return inner;
  }
  return [];
}

/** Where the last word of a subcommand stands; options, and one value of each, may stand between the words. */
function findSubcommand(path: readonly string[], words: readonly ShellWord[]): number {
  let at = 1;
  let start = -1;
  for (const name of path) {
    for (; words[at]?.text !== name; at++) {
      const isOption = words[at]?.text.startsWith("-") === true;
      const isValue = at - 1 > Math.max(0, start) && words[at - 1]?.text.startsWith("-") === true;
      if (!isOption && !isValue) return -1;
    }
    start = at++;
  }
  return start;
}
