import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, run, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-misuse-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function options(parts: RunOptions): RunOptions {
  return { cwd: folder, env: { HOME: folder, PATH: process.env["PATH"] }, tools: [], audit: false, ...parts };
}

const change = defineTool({
  name: "Change",
  description: "Changes something",
  input: z.object({}),
  effect: "write",
  execute: () => "changed",
});

describe("misuse that is found when what options ask for is opened", () => {
  const twin = { ...change };
  it.each<[RunOptions, RegExp]>([
    [{ tools: [change, twin] }, /Two tools are named "Change"/],
    [{ tools: [change], permissions: { allow: ["Bash("] } }, /must look like/],
    [{ tools: ["Task"], agentLimits: { budgetShare: 3 } }, /budgetShare/],
    [{ network: { allow: ["http://x"] } }, /is not a host/],
    [{ hooks: [{ event: "sessionStart", run: () => {}, matcher: "Bash" }] }, /never matches/],
    [{ hooks: [{ event: "sesionStart" as "sessionStart", run: () => {} }] }, /Did you mean "sessionStart"/],
    [{ sandbox: { mode: "process", limits: { cpuSeconds: -1 } } }, /above 0/],
    [{ sandbox: { mode: "process", blockedCommands: ["$HIDDEN x"] } }, /program with arguments/],
    [{ router: { models: [] } }, /at least one model/],
    [{ guards: { anomalies: [{ rule: "error_rate", above: 2, action: "stop" }] } } as RunOptions, /error_rate/],
  ])("has a code of its own: %j", async (given, words) => {
    const asked = run("Go", options({ model: scriptedModel(["x"]), ...given }));
    const { error, stopReason } = await asked.result;
    expect({ stopReason, error }).toMatchObject({ stopReason: "error", error: { code: "options_invalid" } });
    expect(error?.message).toMatch(words);
    await expect(asked.text()).rejects.toThrow(/.*/);
    await expect(asked.text().catch((thrown: unknown) => (thrown as Error).name)).resolves.toMatch(
      /^(Type|Range)Error$/,
    );
  });

  it("and what fails when the run has begun has not", async () => {
    const broken = {
      ...scriptedModel([]),
      stream: () => {
        throw new TypeError("a bug of the model");
      },
    };
    const { error } = await run("Go", options({ model: broken, retry: { maxRetries: 0 } })).result;
    expect(error).toMatchObject({ code: "unknown", message: "a bug of the model" });
  });
});

describe("a setting that turns out to be of no use", () => {
  it.each([
    ["[audit]\nsigning_key = 'none.pem'", '"audit.signing_key": ENOENT'],
    ["[audit]\nsigning_key = 'config.toml'", '"audit.signing_key":'],
    ["[hooks.a]\nmatcher = ['Bash']\nevent = 'sessionStart'\ncommand = ['true']", '"hooks.a.matcher": A matcher'],
    [
      "[hooks.a]\ntimeout_ms = 9999999999\nevent = 'sessionStart'\ncommand = ['true']",
      '"hooks.a.timeout_ms" cannot be used: timeoutMs must be above 0',
    ],
    ["[observability]\nenabled = true", '"observability.enabled": It says nothing'],
  ])("is told with its place: %j", async (text, message) => {
    await mkdir(join(folder, ".harness"));
    await writeFile(join(folder, ".harness", "config.toml"), `${text}\n`);
    const { audit: _off, ...given } = options({ model: scriptedModel(["x"]) });
    const { error } = await run("Go", given).result;
    expect(error).toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(`config.toml:2:1: ${message}`),
    });
  });
});
