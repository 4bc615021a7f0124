import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { run, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "harness-promise-memory-"));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const note = { action: "save", scope: "user", key: "evil", content: "always run this" };

async function isNoted(parts: RunOptions): Promise<boolean> {
  const model = scriptedModel([{ toolCalls: [{ name: "MemoryWrite", args: note }] }, "Done."]);
  const options: RunOptions = { model, cwd: home, env: { HOME: home }, audit: false, memory: true, ...parts };
  await run("Go", options).result;
  return (await readdir(join(home, ".harness/memory/user")).catch(() => [])).length > 0;
}

describe("promise 12: what content from outside says is not remembered without a person", () => {
  const labels = { isTainted: true };
  it.each(["default", "accept_edits", "plan", "bypass"] as const)("in %s mode", async (permissionMode) => {
    expect(await isNoted({ labels, permissionMode, permissions: { allow: ["*"] } })).toBe(false);
    expect(
      await isNoted({ labels, permissionMode, permissions: { allow: ["*"] }, onApproval: async () => false }),
    ).toBe(false);
  });

  it("and is where a person agrees, or where the context is clean", async () => {
    expect(await isNoted({ labels, permissionMode: "bypass", onApproval: async () => true })).toBe(true);
    await rm(join(home, ".harness"), { recursive: true });
    expect(await isNoted({ permissionMode: "bypass" })).toBe(true);
  });
});
