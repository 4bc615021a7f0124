import { describe, expect, it } from "vitest";

import { checkOptions, OPTION_NAMES } from "../../src/harness/check-options.ts";
import type { RunOptions, RunOverrides } from "../../src/index.ts";

/** Every option of the types: one that is missing here, or too much, does not compile. */
const OVERRIDES: Readonly<Record<keyof RunOverrides, true>> = {
  model: true,
  systemPrompt: true,
  tools: true,
  permissionMode: true,
  onApproval: true,
  trustLevel: true,
  approvals: true,
  onUnknownOutcome: true,
  migrate: true,
  retryStuck: true,
  budget: true,
  maxTurns: true,
  maxOutputTokens: true,
  timeouts: true,
  stall: true,
  session: true,
  outputSchema: true,
  reasoning: true,
  labels: true,
  signal: true,
};

const OPTIONS: Readonly<Record<keyof RunOptions, true>> = {
  ...OVERRIDES,
  provider: true,
  apiKey: true,
  baseUrl: true,
  router: true,
  cwd: true,
  directories: true,
  permissions: true,
  policy: true,
  risk: true,
  taint: true,
  constraints: true,
  hooks: true,
  sandbox: true,
  sandboxMode: true,
  filters: true,
  network: true,
  audit: true,
  config: true,
  trustProject: true,
  checkpoints: true,
  agents: true,
  agentLimits: true,
  skills: true,
  memory: true,
  compaction: true,
  telemetry: true,
  guards: true,
  retry: true,
  prices: true,
  clock: true,
  random: true,
  env: true,
  fetch: true,
  log: true,
};

describe("checkOptions()", () => {
  it("knows exactly the options of the types", () => {
    expect([...OPTION_NAMES.run].sort()).toEqual(Object.keys(OPTIONS).sort());
    expect([...OPTION_NAMES.overrides].sort()).toEqual(Object.keys(OVERRIDES).sort());
  });

  it("refuses what only a harness can set in the overrides of a run", () => {
    expect(() => checkOptions({ cwd: "/elsewhere" }, "overrides")).toThrow(TypeError);
  });

  it.each(["__proto__", "constructor", "toString"])("does not take %s for an option", (name) => {
    expect(() => checkOptions(JSON.parse(`{ ${JSON.stringify(name)}: 1 }`) as object, "run")).toThrow(TypeError);
  });

  it.each([
    [{ maxTurns: 1.5 }, RangeError],
    [{ maxTurns: "3" }, RangeError],
    [{ maxOutputTokens: 0 }, RangeError],
    [{ permissionMode: 1 }, TypeError],
    [{ timeouts: { runMS: 1 } }, TypeError],
    [{ timeouts: 5 }, TypeError],
    [{ stall: { repeats: 0 } }, RangeError],
    [{ constraints: { domains: ["helthcare"] } }, TypeError],
    [{ constraints: { domains: "finance" } }, TypeError],
    [{ sandbox: "dokcer" }, TypeError],
    [{ sandbox: { mode: "jail" } }, TypeError],
    [{ sandboxMode: "jail" }, TypeError],
  ])("refuses %j", (options, error) => {
    expect(() => checkOptions(options, "run")).toThrow(error);
  });
});
