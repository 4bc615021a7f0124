import { mkdtemp, mkdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";

/** Gives a function that makes new empty folders, all removed after the tests of the block. */
export function useTemporaryFolder(): () => Promise<string> {
  let root = "";
  let count = 0;
  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "harness-testing-")));
  });
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });
  return async () => {
    const folder = join(root, `${(count += 1)}`);
    await mkdir(folder);
    return folder;
  };
}
