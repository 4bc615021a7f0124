import { mkdir, symlink, writeFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

import { useStage } from "./stage.ts";

const stage = useStage();

it("promise 6: file tools neither read nor write outside, by .., absolute paths or links", async () => {
  const inside = join(stage.folder, "inside");
  await mkdir(inside);
  await writeFile(join(stage.folder, "secret.txt"), "outside");
  await symlink(stage.folder, join(inside, "link"));
  const paths = ["../secret.txt", join(stage.folder, "secret.txt"), "link/secret.txt", "/proc/self/root/etc/hostname"];
  const calls = paths.flatMap((path) => [
    { name: "Read", args: { file_path: path } },
    { name: "Write", args: { file_path: path, content: "changed" } },
    { name: "Edit", args: { file_path: path, old_string: "outside", new_string: "changed" } },
    { name: "Grep", args: { pattern: "outside", path } },
  ]);
  const { results } = await stage.callTools(calls, { cwd: inside });
  expect(results).toHaveLength(calls.length);
  for (const { isError, content } of results) {
    expect(isError).toBe(true);
    expect(content).not.toContain("1\toutside");
  }
  await expect(readFile(join(stage.folder, "secret.txt"), "utf8")).resolves.toBe("outside");
});

it.each([".harness/policy.yml", ".harness/config.toml", ".git/hooks/pre-commit", ".bashrc"])(
  "promise 6: file tools never write %s, whatever is permitted",
  async (path) => {
    const { results } = await stage.callTools([{ name: "Write", args: { file_path: path, content: "x" } }]);
    expect(results[0]).toMatchObject({ outcome: "denied", decision: { layer: "permission", rule: "protected-paths" } });
  },
);
