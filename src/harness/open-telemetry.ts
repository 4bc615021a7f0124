import type { Tracer } from "../spec/index.ts";
import { definedOf } from "./defined-of.ts";
import type { OpenTelemetryTracer, TelemetryOptions } from "../telemetry/index.ts";
import type { Settings } from "./settings.ts";

/** Opens the tracer that options ask for; `undefined` when nobody watches, and then nothing of it is loaded. */
export async function openTelemetry({ options, env }: Settings): Promise<Tracer | undefined> {
  const { telemetry, clock } = options;
  if (telemetry === undefined || telemetry === false) return undefined;
  if (typeof telemetry === "object" && "measure" in telemetry) return telemetry;
  const { createTelemetry } = await import("../telemetry/index.ts");
  const given = telemetry === true ? {} : "startActiveSpan" in telemetry ? toOptions(telemetry) : definedOf(telemetry);
  return await createTelemetry({ env, ...(clock === undefined ? {} : { clock }), ...given });
}

/** A tracer of OpenTelemetry's own gets the spans; metrics go where the host's go. */
function toOptions(tracer: OpenTelemetryTracer): TelemetryOptions {
  return { tracerProvider: { getTracer: () => tracer } };
}
