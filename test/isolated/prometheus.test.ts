import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";

import { defineTool, run, type Model, type RunOptions } from "../../src/index.ts";
import { verifyAudit } from "../../src/audit/index.ts";
import { startTelemetry, type StartedTelemetry } from "../../src/telemetry/node/index.ts";
import { fakeClock, scriptedModel } from "../../src/testing/index.ts";
import {
  isPrometheusMissing,
  MONITORING,
  startPrometheus,
  waitFor,
  type Prometheus,
} from "../telemetry/prometheus-tools.ts";

/** The expressions of the seed's panels, as written there. */
const SEED_PANELS = [
  "harness_cost",
  "harness_tokens",
  "harness_context_utilization",
  "rate(harness_tool_calls[1m])",
  'rate(harness_tool_calls{status="error"}[5m]) / rate(harness_tool_calls[5m])',
  "histogram_quantile(0.99, harness_provider_latency_bucket)",
  "harness_audit_chain_valid",
];

const act = defineTool({
  name: "Act",
  description: "Acts",
  input: z.object({ fail: z.boolean() }),
  effect: "read",
  execute({ fail }) {
    if (fail) throw new Error("it broke");
    return "done";
  },
});

const MINUTE = 60_000;

/** Waiting times of rules in seconds instead of minutes; what the rules ask stays as it is. */
function shorten(rules: string): string {
  return rules.replaceAll(/\[\d+m\]/g, "[4s]").replaceAll(/for: [1-9]\d*m/g, "for: 1s");
}

/** One alert of a file of rules, alone. */
function onlyAlert(rules: string, name: string): string {
  const { groups } = parse(rules) as { groups: { name: string; rules: { alert: string }[] }[] };
  const found = groups.flatMap((group) => group.rules).filter(({ alert }) => alert === name);
  expect(found).toHaveLength(1);
  return stringify({ groups: [{ name: "one", rules: found }] });
}

describe.skipIf(isPrometheusMissing)("a real Prometheus that scrapes real runs", () => {
  const clock = fakeClock();
  let home = "";
  let telemetry: StartedTelemetry;
  let prometheus: Prometheus;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "harness-monitored-"));
    telemetry = await startTelemetry({ env: {}, prometheus: { port: 0 }, clock });
    const config = [
      "global: { scrape_interval: 250ms, evaluation_interval: 250ms }",
      "rule_files: [alerts.yml, recording.yml, corrected.yml]",
      "scrape_configs:",
      "  - job_name: harness",
      `    static_configs: [{ targets: ["127.0.0.1:${telemetry.prometheus?.port}"] }]`,
    ].join("\n");
    const rules = async (name: string) => shorten(await readFile(join(MONITORING, "rules", name), "utf8"));
    prometheus = await startPrometheus(config, {
      "alerts.yml": await rules("alerts.yml"),
      "recording.yml": await rules("recording.yml"),
      "corrected.yml": onlyAlert(await rules("corrected-alerts.yml"), "HarnessAuditChainNotVerified"),
    });
  });
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await telemetry?.shutdown();
    await rm(home, { recursive: true, force: true });
  });

  const work = async (
    options: {
      readonly tokens?: number;
      readonly fails?: number;
      readonly waitMs?: number;
      readonly audit?: RunOptions["audit"];
    } = {},
  ) => {
    const { tokens = 100, fails = 0, waitMs = 0, audit = { dir: join(home, "audit") } } = options;
    const usage = { input: tokens, output: 10, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
    const toolCalls = [false, ...Array.from({ length: fails }, () => true)].map((fail) => ({
      name: "Act",
      args: { fail },
    }));
    const scripted = scriptedModel([
      { toolCalls, usage },
      { text: "Done.", usage },
    ]);
    const pricing = { input: 1, output: 1 };
    const model: Model = {
      provider: "scripted",
      id: "scripted",
      info: { id: "scripted", provider: "scripted", contextWindow: 20_000_000, pricing },
      async *stream(request, given) {
        await clock.advance(waitMs);
        yield* scripted.stream(request, given);
      },
    };
    const given = {
      model,
      tools: [act],
      telemetry: telemetry.tracer,
      config: false,
      env: { HOME: home },
    } satisfies RunOptions;
    const result = await run("Act", { ...given, audit }).result;
    expect(result.stopReason).toBe("end_turn");
  };
  const verify = async (): Promise<void> => {
    const { files } = await verifyAudit(join(home, "audit"));
    for (const { file, ok } of files) telemetry.tracer.measure({ type: "audit-chain", log: file, isValid: ok });
  };
  const isFiring = async (alert: string) => (await prometheus.firing()).includes(alert);

  it("fires HarnessAuditChainNotVerified for calls without a log, and no more once the harness has verified one", async () => {
    await waitFor(async () => {
      await work({ audit: false });
      return await isFiring("HarnessAuditChainNotVerified");
    });
    expect(await prometheus.query("harness_audit_chain_valid")).toEqual([]);
    await waitFor(async () => {
      await work();
      return !(await isFiring("HarnessAuditChainNotVerified"));
    });
    expect(await prometheus.query("harness_audit_chain_valid")).toMatchObject([{ value: 1 }]);
  });

  it("reads all six metrics, and every panel has data, as the seed writes it and as the dashboard does", async () => {
    await work({ fails: 1 });
    await verify();
    await waitFor(async () => (await prometheus.query("harness_tool_calls")).length > 0);
    await work({ fails: 1 });
    const dashboard = await readFile(join(MONITORING, "grafana/dashboards/harness.json"), "utf8");
    const { panels } = JSON.parse(dashboard) as { panels: readonly { targets: readonly { expr: string }[] }[] };
    const expressions = [...SEED_PANELS, ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))];
    expect(expressions).toHaveLength(14);
    for (const expression of expressions) {
      await waitFor(async () => (await prometheus.query(expression)).some(({ value }) => Number.isFinite(value)));
    }
    const [ratio] = await prometheus.query(panels[4]?.targets[0]?.expr ?? "");
    // Some calls failed and most did not; the seed's own expression says 1.
    expect(ratio?.value).toBeGreaterThan(0);
    expect(ratio?.value).toBeLessThan(0.8);
    expect(await prometheus.firing()).toEqual([]);
  });

  it("fires HighCostSession for a dear session, and no more when it ended long ago", async () => {
    await work({ tokens: 3_000_000 });
    await waitFor(() => isFiring("HighCostSession"));
    await clock.advance(7 * MINUTE);
    await waitFor(async () => !(await isFiring("HighCostSession")));
    expect(await prometheus.query("harness_cost")).toMatchObject([{ value: 0 }]);
  });

  it("fires HighErrorRate while calls fail, and no more when they stop", async () => {
    await waitFor(async () => {
      await work({ fails: 5 });
      return await isFiring("HighErrorRate");
    });
    await waitFor(async () => !(await isFiring("HighErrorRate")));
    expect(await prometheus.query('harness_tool_calls{status="error"} > 0')).toHaveLength(1);
  });

  it("fires HighLatency for a model that takes 50 seconds, and no more when it is fast again", async () => {
    await waitFor(async () => {
      await work({ waitMs: 50_000 });
      return await isFiring("HighLatency");
    });
    await waitFor(async () => {
      await work();
      return !(await isFiring("HighLatency"));
    });
    expect(await prometheus.query("harness_provider_latency > 30000")).toEqual([]);
  });

  it("fires AuditChainBroken for a log that was changed, and no more when it is whole again", async () => {
    await work();
    const [{ file } = { file: "" }] = (await verifyAudit(join(home, "audit"))).files;
    const before = await readFile(file, "utf8");
    await writeFile(file, before.replace("session_start", "session_stort"));
    await verify();
    await waitFor(() => isFiring("AuditChainBroken"));
    await writeFile(file, before);
    await verify();
    await waitFor(async () => !(await isFiring("AuditChainBroken")));
    expect(await prometheus.firing()).toEqual([]);
  });
});
