import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createHarness, unwrap, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-prepare-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function options(parts: RunOptions): RunOptions {
  return { cwd: folder, env: { HOME: folder, PATH: process.env["PATH"] }, tools: [], ...parts };
}

describe("prepareRun()", () => {
  it("shares what options come to between its runs, and not what the tools of one know", async () => {
    await writeFile(join(folder, "note.txt"), "one");
    const change = { file_path: "note.txt", content: "two" };
    const model = scriptedModel([
      { toolCalls: [{ name: "Read", args: { file_path: "note.txt" } }] },
      "Read.",
      { toolCalls: [{ name: "Write", args: change }] },
      "Tried.",
    ]);
    const harness = await createHarness(options({ model, tools: ["Read", "Write"], permissionMode: "accept_edits" }));
    unwrap(await harness.run("Read it").result);
    const all = await Array.fromAsync(harness.run("Change it"));
    await harness[Symbol.asyncDispose]();
    const result = all.find((message) => message.type === "tool_result");
    expect(result).toMatchObject({ name: "Write", isError: true });
    expect(JSON.stringify(result)).toMatch(/read/i);
  });

  it("looks again for what a run did not find", async () => {
    const env: Record<string, string | undefined> = { HOME: folder };
    const baseUrl = "http://127.0.0.1:9";
    const harness = await createHarness(
      options({ env, model: "claude-sonnet-5-5", baseUrl, retry: { maxRetries: 0 } }),
    );
    const missing = await harness.run("Hello").result;
    expect(missing.error?.message).toContain("ANTHROPIC_API_KEY");
    env["ANTHROPIC_API_KEY"] = "there now";
    const found = await harness.run("Hello").result;
    await harness[Symbol.asyncDispose]();
    expect(found.error?.message).not.toContain("ANTHROPIC_API_KEY");
  });
});
