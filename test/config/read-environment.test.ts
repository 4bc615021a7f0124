import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { openWorkspace } from "./workspace.ts";

describe("loadConfig() with environment variables", () => {
  it.each([
    ["HARNESS_PROVIDER", "openai", "defaults", "provider", "openai"],
    ["HARNESS_MODEL", "5", "defaults", "model", "5"],
    ["HARNESS_STRATEGY", "manual", "router", "strategy", "manual"],
    ["HARNESS_MAX_COST", "2.5", "router", "maxCostPerSession", 2.5],
    ["HARNESS_MAX_TOKENS", "1000", "router", "maxTokensPerSession", 1000],
    ["HARNESS_PERMISSION_MODE", "bypass", "permissions", "mode", "bypass"],
    ["HARNESS_POLICY_SIMULATION", "yes", "policy", "simulationMode", true],
    ["HARNESS_AUDIT_ENABLED", "0", "audit", "enabled", false],
    ["HARNESS_AUDIT_ENABLED", "TRUE", "audit", "enabled", true],
    ["HARNESS_SANDBOX", "docker", "sandbox", "mode", "docker"],
    ["HARNESS_SANDBOX", "docker", "sandbox", "enabled", true],
    ["HARNESS_SANDBOX_IMAGE", "node:24", "sandbox", "dockerImage", "node:24"],
    ["HARNESS_SANDBOX_NETWORK", "false", "sandbox", "networkAccess", false],
    ["HARNESS_MAX_TURNS", " 7 ", "run", "maxTurns", 7],
    ["HARNESS_MAX_OUTPUT_TOKENS", "8", "run", "maxOutputTokens", 8],
    ["HARNESS_RUN_TIMEOUT_MS", "9", "timeouts", "runMs", 9],
    ["HARNESS_OTEL_ENABLED", "false", "observability", "enabled", false],
    ["HARNESS_OTEL_EXPORTER", "otlp", "observability", "exporter", "otlp"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317", "observability", "otlpEndpoint", "http://localhost:4317"],
    ["OTEL_SERVICE_NAME", "me", "observability", "serviceName", "me"],
  ])("%s=%s goes before the files", async (variable, written, section, key, value) => {
    await using workspace = await openWorkspace();
    await workspace.user(
      "[run]\nmax_turns = 99\n[permissions]\nmode = 'plan'\n[sandbox]\nenabled = false\nmode = 'none'",
    );
    await workspace.project("[run]\nmax_turns = 50");
    const { config } = await workspace.load({ env: { [variable]: written } });
    expect(config).toHaveProperty([section, key], value);
  });

  it("reads paths from the working directory", async () => {
    await using workspace = await openWorkspace();
    const { config, sources } = await workspace.load({ env: { HARNESS_AUDIT_DIR: "log" } });
    expect(config.audit.dir).toBe(join(workspace.cwd, "log"));
    expect(sources.get("audit.dir")).toBe("HARNESS_AUDIT_DIR");
  });

  it.each([
    ["HARNESS_MAX_TURNS", "many"],
    ["HARNESS_MAX_TURNS", "0"],
    ["HARNESS_MAX_COST", "-1"],
    ["HARNESS_PERMISSION_MODE", "accept-edits"],
    ["HARNESS_SANDBOX", "dcoker"],
    ["HARNESS_AUDIT_ENABLED", "maybe"],
    ["HARNESS_AUDIT_ENABLED", "7"],
  ])("refuses %s=%s and names the variable", async (variable, written) => {
    await using workspace = await openWorkspace();
    const loading = workspace.load({ env: { [variable]: written } });
    await expect(loading).rejects.toMatchObject({ name: "ConfigError", code: "config_invalid" });
    await expect(loading).rejects.toThrow(new RegExp(`${variable} must be`));
  });

  it("takes an empty variable for one that is not set", async () => {
    await using workspace = await openWorkspace();
    const { sources } = await workspace.load({
      env: { HARNESS_MAX_TURNS: "", HARNESS_SANDBOX: " ", HARNESS_MODEL: undefined },
    });
    expect(sources.size).toBe(0);
  });
});
