import { createRequire } from "node:module";

import type * as prometheus from "@opentelemetry/exporter-prometheus";
import type * as sdkMetrics from "@opentelemetry/sdk-metrics";
import type * as sdkNode from "@opentelemetry/sdk-node";

import { importPeer } from "../../errors/index.ts";

/** The parts of OpenTelemetry's SDK that are used. */
export interface LoadedSdk {
  readonly node: typeof sdkNode;
  readonly metrics: typeof sdkMetrics;
  readonly prometheus: typeof prometheus;
  /** The exporter of metrics for a protocol of OTLP. */
  otlpExporter(protocol: string): sdkMetrics.PushMetricExporter;
}

const OTLP_PACKAGES: Readonly<Record<string, string>> = {
  grpc: "@opentelemetry/exporter-metrics-otlp-grpc",
  "http/json": "@opentelemetry/exporter-metrics-otlp-http",
  "http/protobuf": "@opentelemetry/exporter-metrics-otlp-proto",
};

/**
 * Loads the SDK. Its parts are looked up from where the SDK itself lies, so that all of them are the copies that it
 * uses, and nobody has to install them one by one. Throws code "package_missing".
 */
export async function loadSdk(): Promise<LoadedSdk> {
  const here = createRequire(import.meta.url);
  return await importPeer("@opentelemetry/sdk-node", async () => {
    const inside = createRequire(here.resolve("@opentelemetry/sdk-node"));
    return {
      // What `require` gives has no type; the names are those of the packages of the types.
      node: here("@opentelemetry/sdk-node") as typeof sdkNode,
      metrics: inside("@opentelemetry/sdk-metrics") as typeof sdkMetrics,
      prometheus: inside("@opentelemetry/exporter-prometheus") as typeof prometheus,
      otlpExporter(protocol) {
        const name = OTLP_PACKAGES[protocol] ?? "@opentelemetry/exporter-metrics-otlp-proto";
        const { OTLPMetricExporter } = inside(name) as {
          readonly OTLPMetricExporter: new () => sdkMetrics.PushMetricExporter;
        };
        return new OTLPMetricExporter();
      },
    };
  });
}
