import { NOTHING_WAITS, type OpenedTelemetry } from "./opened-telemetry.ts";
import type { Settings } from "./settings.ts";

/** Opens the tracer that options ask for, else the one that `[observability]` does. Without either nothing is loaded. */
export async function openTelemetry(settings: Settings): Promise<OpenedTelemetry> {
  const { options, config } = settings;
  const isAsked = options.telemetry ?? config.observability.enabled === true;
  if (isAsked === false) return { tracer: undefined, flush: NOTHING_WAITS };
  return await (await import("./start-tracing.ts")).startTracing(settings);
}
