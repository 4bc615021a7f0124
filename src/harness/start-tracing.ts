import { openSignalScope, raceSignal } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { Tracer } from "../spec/index.ts";
import type { OpenTelemetryTracer, TelemetryOptions } from "../telemetry/index.ts";
import { definedOf } from "./defined-of.ts";
import { NOTHING_WAITS, type OpenedTelemetry } from "./opened-telemetry.ts";
import { settingError } from "./setting-error.ts";
import type { Settings } from "./settings.ts";
import { shieldTracer } from "./shield-tracer.ts";

const FLUSH_MS = 5000;

/** Starts the tracing that options or configuration ask for. */
export async function startTracing(settings: Settings): Promise<OpenedTelemetry> {
  const { telemetry } = settings.options;
  if (telemetry === undefined || telemetry === false) return await openConfigured(settings);
  const given = telemetry === true ? {} : "startActiveSpan" in telemetry ? toOptions(telemetry) : telemetry;
  const tracer = "measure" in given ? given : await openWithHost(settings, definedOf(given));
  return { tracer: shieldTracer(tracer, settings.log), flush: NOTHING_WAITS };
}

async function openWithHost({ options: { clock }, env }: Settings, given: TelemetryOptions): Promise<Tracer> {
  const { createTelemetry } = await import("../telemetry/index.ts");
  return await createTelemetry({ env, ...(clock === undefined ? {} : { clock }), ...given });
}

/** A tracer of OpenTelemetry's own gets the spans; metrics go where the host's go. */
function toOptions(tracer: OpenTelemetryTracer): TelemetryOptions {
  return { tracerProvider: { getTracer: () => tracer } };
}

/** Sets the SDK up, once in a process: what was set up by the host or by an earlier harness is used as it is. */
async function openConfigured(settings: Settings): Promise<OpenedTelemetry> {
  const { config, env, log } = settings;
  const { exporter, otlpEndpoint, serviceName } = config.observability;
  const { readTelemetryEnvironment, startTelemetry } = await import("../telemetry/node/index.ts");
  const configured = {
    OTEL_TRACES_EXPORTER: exporter,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
    OTEL_SERVICE_NAME: serviceName,
  };
  const variables = { ...env, ...definedOf(configured) };
  const { isUsed, isDisabled } = readTelemetryEnvironment(variables);
  if (isDisabled) return { tracer: undefined, flush: NOTHING_WAITS };
  if (!isUsed) {
    throw settingError(settings, "observability.enabled", "It says nothing of where to: set exporter or otlp_endpoint");
  }
  try {
    const isServed = /\bprometheus\b/.test(env["OTEL_METRICS_EXPORTER"] ?? "");
    const { tracer, flush } = await startTelemetry({ env: variables, log, prometheus: isServed });
    return { tracer, flush: () => flushInTime(flush) };
  } catch (error) {
    if (!HarnessError.isInstance(error) || error.code !== "telemetry_conflict") throw error;
    return { tracer: await openWithHost(settings, {}), flush: NOTHING_WAITS };
  }
}

/** A receiver that is not there must not hold the end of a run. */
async function flushInTime(flush: () => Promise<void>): Promise<void> {
  using limit = openSignalScope([], { timeoutMs: FLUSH_MS });
  await raceSignal(flush(), limit.signal);
}
