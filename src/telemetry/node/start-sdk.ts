import * as otel from "@opentelemetry/api";
import type { IMetricReader } from "@opentelemetry/sdk-metrics";

import { describeError, HarnessError } from "../../errors/index.ts";
import { openTracer } from "../open-tracer.ts";
import type { TelemetryOptions } from "../telemetry-options.ts";
import { loadSdk, type LoadedSdk } from "./load-sdk.ts";
import {
  numberOf,
  readTelemetryEnvironment,
  textOf,
  type Environment,
  type TelemetryEnvironment,
} from "./read-environment.ts";
import { serveMetrics, type MetricsAddress, type MetricsServer } from "./serve-metrics.ts";
import type { StartedTelemetry, StartTelemetryOptions } from "./started-telemetry.ts";

type NodeSdk = InstanceType<LoadedSdk["node"]["NodeSDK"]>;

/** Starts the SDK: everything that needs `@opentelemetry/api` stands behind this file. */
export async function startSdk(options: StartTelemetryOptions): Promise<StartedTelemetry> {
  const { env = process.env, log = () => {}, prometheus: wanted, ...telemetry } = options;
  const read = readTelemetryEnvironment(env);
  for (const note of read.notes) log(note);
  assertNotSetUp();
  const sdk = await loadSdk();
  const exporter = new sdk.prometheus.PrometheusExporter({ preventServerStart: true });
  const isWanted = wanted ?? textOf(env, "OTEL_METRICS_EXPORTER") !== "none";
  const isServed = isWanted !== false && !read.isDisabled;
  const address = { ...addressIn(env), ...(typeof wanted === "object" ? wanted : {}) };
  const server = isServed
    ? await serveMetrics((request, response) => exporter.getMetricsRequestHandler(request, response), address)
    : undefined;
  const node = await startNode(sdk, { env, read, exporter: isServed ? exporter : undefined }).catch(async (error) => {
    await server?.close();
    throw error;
  });
  const parent = parentIn(env);
  const tracer = openTracer({ env, ...(parent === undefined ? {} : { parent }), ...telemetry });
  let ending: Promise<void> | undefined;
  const end = async (scrapeMs: number): Promise<void> => {
    if (server !== undefined && scrapeMs > 0) await waitForScrape(server, scrapeMs);
    try {
      await node.shutdown();
    } finally {
      await server?.close();
      forget();
    }
  };
  const shutdown: StartedTelemetry["shutdown"] = ({ scrapeMs = 0 } = {}) => (ending ??= end(scrapeMs));
  // A receiver that is not there must not take the place of what the program came to.
  const dispose = (): Promise<void> =>
    shutdown().catch((error: unknown) => log(`Telemetry was lost: ${describeError(error)}`));
  return { tracer, prometheus: server, flush, shutdown, [Symbol.asyncDispose]: dispose };
}

interface NodeParts {
  readonly env: Environment;
  readonly read: TelemetryEnvironment;
  /** What Prometheus reads, where it does. */
  readonly exporter: IMetricReader | undefined;
}

async function startNode(sdk: LoadedSdk, { env, read, exporter }: NodeParts): Promise<NodeSdk> {
  return withVariables({ ...otelOnly(env), ...read.variables }, () => {
    const metricReaders = [...(exporter === undefined ? [] : [exporter]), ...pushReaders(sdk, read, env)];
    const started = new sdk.node.NodeSDK({ metricReaders });
    started.start();
    return started;
  });
}

function addressIn(env: Environment): MetricsAddress {
  const host = textOf(env, "OTEL_EXPORTER_PROMETHEUS_HOST");
  const port = numberOf(env, "OTEL_EXPORTER_PROMETHEUS_PORT");
  return { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) };
}

function parentIn(env: Environment): TelemetryOptions["parent"] {
  const traceparent = textOf(env, "TRACEPARENT");
  const tracestate = textOf(env, "TRACESTATE");
  const baggage = textOf(env, "BAGGAGE");
  if (traceparent === undefined) return undefined;
  return {
    traceparent,
    ...(tracestate === undefined ? {} : { tracestate }),
    ...(baggage === undefined ? {} : { baggage }),
  };
}

/** Readers that push. The SDK would build them by itself, but only as long as it is not given one that is pulled. */
function pushReaders(sdk: LoadedSdk, { metrics, variables }: TelemetryEnvironment, env: Environment): IMetricReader[] {
  const interval = numberOf(env, "OTEL_METRIC_EXPORT_INTERVAL", 1) ?? 60_000;
  const timeout = Math.min(interval, numberOf(env, "OTEL_METRIC_EXPORT_TIMEOUT", 1) ?? 30_000);
  const readers: IMetricReader[] = [];
  for (const name of metrics) {
    if (name === "prometheus") continue;
    const protocol = variables["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"] ?? "http/protobuf";
    const exporter = name === "console" ? new sdk.metrics.ConsoleMetricExporter() : sdk.otlpExporter(protocol);
    const { PeriodicExportingMetricReader } = sdk.metrics;
    readers.push(
      new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: interval, exportTimeoutMillis: timeout }),
    );
  }
  return readers;
}

function otelOnly(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("OTEL_")));
}

/** The SDK reads the environment of the process, while it is built and not later. */
function withVariables<Value>(variables: Environment, work: () => Value): Value {
  const before = new Map(Object.keys(variables).map((name) => [name, process.env[name]]));
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  try {
    for (const [name, value] of Object.entries(variables)) set(name, value);
    return work();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

/** A second SDK would get nothing, and say so only in a log that is off. */
function assertNotSetUp(): void {
  const nothing = new otel.ProxyTracerProvider().getDelegate();
  const provider = otel.trace.getTracerProvider();
  const hasTraces = provider instanceof otel.ProxyTracerProvider ? provider.getDelegate() !== nothing : true;
  const hasMetrics = otel.metrics.getMeterProvider().getMeter("") !== otel.createNoopMeter();
  if (!hasTraces && !hasMetrics) return;
  const message = "OpenTelemetry is set up in this process already: pass telemetry: true instead of starting it again";
  throw new HarnessError(message, { code: "telemetry_conflict" });
}

/** Providers of the SDK flush; the API does not know of it. */
async function flush(): Promise<void> {
  const traces = otel.trace.getTracerProvider();
  const delegate = "getDelegate" in traces && typeof traces.getDelegate === "function" ? traces.getDelegate() : traces;
  for (const provider of [delegate, otel.metrics.getMeterProvider()] as { forceFlush?: () => Promise<void> }[]) {
    await provider.forceFlush?.();
  }
}

async function waitForScrape(server: MetricsServer, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([server.nextScrape(), time]);
  clearTimeout(timer);
}

/** Lets go of the globals, so that another start finds nothing. */
function forget(): void {
  otel.trace.disable();
  otel.metrics.disable();
  otel.context.disable();
  otel.propagation.disable();
  (otel as Partial<typeof otel>).logs?.disable();
}
