import type * as otel from "@opentelemetry/api";

import type { Clock, Measurement, Usage } from "../spec/index.ts";
import { createNameBounds } from "./bounded-names.ts";
import { createConventionMetrics, type ConventionMetrics } from "./convention-metrics.ts";
import { createSessionGauges, type SessionGauges } from "./session-gauges.ts";
import type { TelemetrySettings } from "./telemetry-options.ts";

/** Every metric that is written. */
export interface Metrics {
  readonly sessions: SessionGauges;
  readonly conventions: ConventionMetrics;
  readonly boundTool: (name: string) => string;
  /** Makes the series of a tool, so that a rate over them sees the first failure. */
  addTool(tool: string): void;
  addToolCall(tool: string, status: ToolStatus): void;
  addDecision(decision: { readonly effect: string; readonly layer: string }): void;
  addTokens(model: ModelLabels, usage: Usage): void;
  addLatency(model: ModelLabels, milliseconds: number): void;
  addPendingApprovals(count: 1 | -1): void;
  /** A run of a main agent ended. */
  addRun(stopReason: string, cost: number | undefined): void;
  measure(measurement: Measurement): void;
}

/** How a call counts: what ran is "ok" or "error", what did not is "denied", "paused" or "cancelled". */
export type ToolStatus = "ok" | "error" | "denied" | "paused" | "cancelled";

/** Which model, in the words of this package. */
export interface ModelLabels {
  readonly provider: string;
  readonly model: string;
}

/** Milliseconds; up to the five minutes that a model may be silent, so that no percentile is cut off. */
const LATENCY_BUCKETS = [
  50, 100, 250, 500, 1000, 2000, 3000, 5000, 7500, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000, 90_000, 120_000,
  180_000, 300_000,
];
const COST_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50, 100];
const START_BUCKETS = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];

/**
 * Makes the metrics. Those of the seed's alerts and panels have no unit and only go up and down, although tokens and
 * calls only grow: only so do their names stay without a suffix on every way to Prometheus.
 */
export function createMetrics(meter: otel.Meter, clock: Clock, settings: TelemetrySettings): Metrics {
  const sessions = createSessionGauges(clock);
  watchSessions(meter, sessions, settings);
  const tokens = meter.createUpDownCounter("harness_tokens", {
    description: "Tokens since the start of the process; the directions are parts of a whole and add up to all of them",
  });
  const toolCalls = meter.createUpDownCounter("harness_tool_calls", {
    description: "Tool calls since the start of the process",
  });
  const latency = histogram(meter, "harness_provider_latency", LATENCY_BUCKETS, "Milliseconds of one call of a model");
  const decisions = meter.createCounter("harness_policy_decisions", {
    description: "What the gate decided, by the layer that did",
  });
  const pending = meter.createUpDownCounter("harness_approvals_pending", {
    description: "Approvals that wait for an answer",
  });
  const runs = meter.createCounter("harness_runs", {
    description: "Runs, without those of sub-agents, by what ended them",
  });
  const runCost = histogram(meter, "harness_run_cost", COST_BUCKETS, "USD of one run, its sub-agents included");
  const bounds = createNameBounds();
  const known = new Set<string>();
  const labels = ({ provider, model }: ModelLabels): otel.Attributes => ({
    provider: bounds.provider(provider),
    model: bounds.model(model),
  });
  return {
    sessions,
    conventions: createConventionMetrics(meter, settings.conventions, bounds),
    boundTool: bounds.tool,
    addTool(tool) {
      if (known.has(tool)) return;
      // Bounded like the labels: what comes later has its series already, as "other".
      if (known.size < 1000) known.add(tool);
      for (const status of ["ok", "error"]) toolCalls.add(0, { tool: bounds.tool(tool), status });
    },
    addToolCall: (tool, status) => toolCalls.add(1, { tool: bounds.tool(tool), status }),
    addDecision: ({ effect, layer }) => decisions.add(1, { effect, layer }),
    addTokens(model, usage) {
      const named = labels(model);
      const add = (direction: string, count: number): void => {
        if (count > 0) tokens.add(count, { direction, ...named });
      };
      // Parts that do not overlap, so that their sum is what was used.
      add("input", usage.input - usage.cacheRead - usage.cacheWrite);
      add("output", usage.output - usage.reasoning);
      add("cache_read", usage.cacheRead);
      add("cache_write", usage.cacheWrite);
      add("reasoning", usage.reasoning);
    },
    addLatency: (model, milliseconds) => latency.record(milliseconds, labels(model)),
    addPendingApprovals: (count) => pending.add(count),
    addRun(stopReason, cost) {
      runs.add(1, { stop_reason: stopReason });
      if (cost !== undefined) runCost.record(cost);
    },
    measure: createMeasure(meter, sessions, bounds.finding),
  };
}

function histogram(meter: otel.Meter, name: string, buckets: readonly number[], description: string): otel.Histogram {
  return meter.createHistogram(name, { description, advice: { explicitBucketBoundaries: [...buckets] } });
}

/**
 * The dearest session and the fullest context. The SDK tells a series that was seen once for ever, so a label for the
 * session is asked for, and its last value is "not a number": no alert fires for it.
 */
function watchSessions(meter: otel.Meter, sessions: SessionGauges, { sessionLabel }: TelemetrySettings): void {
  const cost = meter.createObservableGauge("harness_cost", {
    description: "USD of the dearest session that is under way or ended less than six minutes ago",
  });
  const share = meter.createObservableGauge("harness_context_utilization", {
    description: "Part of the context window that is used, 0 to 1, of the fullest session",
  });
  meter.addBatchObservableCallback(
    (result) => {
      const dearest = { cost: 0, share: 0 };
      for (const { sessionId, values } of sessions.read()) {
        dearest.cost = Math.max(dearest.cost, values?.cost ?? 0);
        dearest.share = Math.max(dearest.share, values?.share ?? 0);
        if (!sessionLabel) continue;
        result.observe(cost, values?.cost ?? Number.NaN, { session_id: sessionId });
        result.observe(share, values?.share ?? Number.NaN, { session_id: sessionId });
      }
      if (sessionLabel) return;
      result.observe(cost, dearest.cost);
      result.observe(share, dearest.share);
    },
    [cost, share],
  );
}

/** Values that belong to no span. */
function createMeasure(
  meter: otel.Meter,
  sessions: SessionGauges,
  boundFinding: (kind: string) => string,
): (measurement: Measurement) => void {
  const broken = new Set<string>();
  let isVerified = false;
  const chain = meter.createObservableGauge("harness_audit_chain_valid", {
    description: "1 = every audit log that was verified is intact, 0 = at least one is not",
  });
  chain.addCallback((result) => {
    // Before anything was verified nobody knows.
    if (isVerified) result.observe(broken.size === 0 ? 1 : 0);
  });
  const starts = histogram(meter, "harness_sandbox_startup", START_BUCKETS, "Milliseconds until a sandbox was there");
  const findings = meter.createCounter("harness_findings", { description: "What the watchers of runs found odd" });
  return (measurement) => {
    switch (measurement.type) {
      case "audit-chain":
        isVerified = true;
        if (measurement.isValid) broken.delete(measurement.log);
        else broken.add(measurement.log);
        return;
      case "session-cost":
        return sessions.setCost(measurement.sessionId, measurement.cost);
      case "sandbox-start":
        return starts.record(measurement.durationMs, { mode: measurement.mode });
      case "finding":
        return findings.add(1, { kind: boundFinding(measurement.kind) });
      default:
        return measurement satisfies never;
    }
  };
}
