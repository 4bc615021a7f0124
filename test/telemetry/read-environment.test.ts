import { describe, expect, it } from "vitest";

import { ConfigError } from "../../src/errors/index.ts";
import { readTelemetryEnvironment } from "../../src/telemetry/node/read-environment.ts";

const GRPC = "http://localhost:4317";
const HTTP = "http://localhost:4318";

describe("readTelemetryEnvironment()", () => {
  it("sends nothing anywhere when nothing is said, and an empty variable says nothing", () => {
    for (const env of [{}, { OTEL_METRICS_EXPORTER: "", OTEL_TRACES_EXPORTER: " ", OTEL_SERVICE_NAME: "x" }]) {
      const { traces, metrics, logs, variables } = readTelemetryEnvironment(env);
      expect([traces, metrics, logs]).toEqual([[], [], []]);
      expect(variables).toMatchObject({
        OTEL_TRACES_EXPORTER: "none",
        OTEL_METRICS_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none",
      });
    }
  });

  it("mends the seed's environment: port 4317 speaks gRPC, and it says so once for each signal", () => {
    const { traces, metrics, logs, variables, notes } = readTelemetryEnvironment({
      OTEL_SERVICE_NAME: "harness-agent",
      OTEL_EXPORTER_OTLP_ENDPOINT: GRPC,
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
    });
    expect([traces, metrics, logs]).toEqual([["otlp"], ["otlp"], []]);
    expect(variables).toMatchObject({
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "grpc",
      OTEL_LOGS_EXPORTER: "none",
    });
    expect(notes).toHaveLength(2);
  });

  it.each([
    ["an endpoint with another port", { OTEL_EXPORTER_OTLP_ENDPOINT: HTTP }, undefined],
    [
      "a protocol that is set",
      { OTEL_EXPORTER_OTLP_ENDPOINT: GRPC, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" },
      "http/json",
    ],
    ["an endpoint of traces alone", { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${GRPC}/` }, "grpc"],
    ["an endpoint of metrics alone", { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: GRPC }, undefined],
    ["4317 as a part of a path", { OTEL_EXPORTER_OTLP_ENDPOINT: `${HTTP}/:4317x` }, undefined],
  ])("takes %s for the traces as it should", (_name, env, protocol) => {
    expect(readTelemetryEnvironment(env).variables["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"]).toBe(protocol);
  });

  it.each([
    { OTEL_TRACES_EXPORTER: "otpl" },
    { OTEL_TRACES_EXPORTER: "prometheus" },
    { OTEL_METRICS_EXPORTER: "none,otlp" },
    { OTEL_LOGS_EXPORTER: "file" },
    { OTEL_EXPORTER_OTLP_PROTOCOL: "http" },
    { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "GRPC" },
  ])("refuses %o", (env) => {
    expect(() => readTelemetryEnvironment(env)).toThrow(ConfigError);
  });
});
