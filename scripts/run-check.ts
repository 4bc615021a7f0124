import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What a check found: each problem as one line that says where it is and how to put it right. */
export type Problems = readonly string[];

/** A check of the tree under `root`. */
export type Check = (root: string) => Problems | Promise<Problems>;

/**
 * Runs a check when its file is the program that was started: `node scripts/check-floors.ts [root]`. Prints the
 * problems and ends with exit code 1, or prints `done`.
 */
export async function runCheck(url: string, check: Check, done: string): Promise<void> {
  const [, program, root] = process.argv;
  if (program === undefined || realpathSync(program) !== fileURLToPath(url)) return;
  const problems = await Promise.resolve(resolve(root ?? "."))
    .then(check)
    .catch((error: unknown) => [`The check itself failed: ${error instanceof Error ? error.message : String(error)}`]);
  if (problems.length === 0) {
    console.log(done);
    return;
  }
  for (const problem of problems) console.error(problem);
  console.error(`\n${problems.length} problem${problems.length === 1 ? "" : "s"}`);
  process.exitCode = 1;
}
