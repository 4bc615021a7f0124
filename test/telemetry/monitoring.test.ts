import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { isPrometheusMissing, MONITORING, promtool, SEED } from "./prometheus-tools.ts";

const isSeedMissing = !existsSync(SEED) && process.env["HARNESS_REQUIRE_SERVICES"] !== "1";

async function readYaml(file: string): Promise<Record<string, never>> {
  return parse(await readFile(join(MONITORING, file), "utf8")) as Record<string, never>;
}

describe.skipIf(isPrometheusMissing)("deploy/monitoring (needs promtool)", () => {
  it("has rules and a configuration that Prometheus takes", async () => {
    expect(await promtool("check", "config", "prometheus.yml")).toContain("SUCCESS: 3 rule files found");
    const files = ["rules/alerts.yml", "rules/recording.yml", "rules/corrected-alerts.yml"];
    await promtool("check", "rules", ...files);
  });

  it("has tests in which every alert fires and clears", async () => {
    await promtool("test", "rules", "rules/rules.test.yml");
    const tested = await readFile(join(MONITORING, "rules/rules.test.yml"), "utf8");
    for (const file of ["alerts.yml", "corrected-alerts.yml"]) {
      const { groups } = (await readYaml(`rules/${file}`)) as unknown as Rules;
      for (const { alert } of groups.flatMap(({ rules }) => rules)) {
        // Once with what it says, once with nothing.
        expect(tested).toMatch(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n`));
        if (alert !== "HarnessAuditChainNotVerified") expect(tested).toContain(`alertname: ${alert}, exp_alerts: [] }`);
      }
    }
  });

  it("shows why the recording rule is there: without it HighLatency never fires", async () => {
    const folder = await mkdtemp(join(tmpdir(), "harness-rules-"));
    try {
      const tests = await readFile(join(MONITORING, "rules/rules.test.yml"), "utf8");
      await writeFile(join(folder, "rules.test.yml"), tests.replace("  - recording.yml\n", ""));
      for (const name of ["alerts.yml", "corrected-alerts.yml"]) {
        await writeFile(join(folder, name), await readFile(join(MONITORING, "rules", name)));
      }
      await expect(promtool("test", "rules", join(folder, "rules.test.yml"))).rejects.toThrow(/HighLatency/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.skipIf(isSeedMissing)("takes the seed's own files as they are", async () => {
    expect(await promtool("check", "config", join(SEED, "prometheus.yml"))).toContain("SUCCESS");
    expect(await promtool("check", "rules", join(SEED, "alerts.yml"))).toContain("SUCCESS: 4 rules found");
  });
});

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
}

describe("deploy/monitoring", () => {
  it.skipIf(isSeedMissing)("ships the seed's alerts unchanged", async () => {
    const [ours, theirs] = await Promise.all(
      [join(MONITORING, "rules/alerts.yml"), join(SEED, "alerts.yml")].map((file) => readFile(file, "utf8")),
    );
    expect(ours).toBe(theirs);
  });

  it("mounts into its containers what is there, and opens ports to this machine only", async () => {
    const compose = (await readYaml("docker-compose.monitoring.yml")) as unknown as Compose;
    expect(Object.keys(compose.services)).toEqual(["jaeger", "prometheus", "grafana"]);
    for (const { volumes = [], ports } of Object.values(compose.services)) {
      for (const volume of volumes) expect(existsSync(join(MONITORING, volume.split(":")[0] ?? ""))).toBe(true);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it("has a dashboard with the seed's seven panels, whose source is provisioned", async () => {
    const { panels } = JSON.parse(
      await readFile(join(MONITORING, "grafana/dashboards/harness.json"), "utf8"),
    ) as Dashboard;
    expect(panels.map(({ title }) => title)).toEqual([
      "Session Cost (USD)",
      "Token Usage",
      "Context Utilization",
      "Tool Calls/min",
      "Error Rate",
      "Provider Latency P99",
      "Audit Chain Status",
    ]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(7);
    const { datasources } = (await readYaml("grafana/provisioning/datasources/datasources.yml")) as unknown as Sources;
    for (const { datasource } of panels) expect(datasources.map(({ uid }) => uid)).toContain(datasource.uid);
    const context = panels.find(({ title }) => title === "Context Utilization");
    expect(context?.fieldConfig.defaults.thresholds?.steps.map(({ value }) => value)).toContain(0.8);
  });
});

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly volumes?: readonly string[]; readonly ports: readonly string[] }>
  >;
}

interface Sources {
  readonly datasources: readonly { readonly uid: string }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly datasource: { readonly uid: string };
    readonly fieldConfig: {
      readonly defaults: { readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] } };
    };
  }[];
}
