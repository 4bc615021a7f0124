export type { MetricsAddress } from "./serve-metrics.ts";
export { startTelemetry, type StartedTelemetry, type StartTelemetryOptions } from "./start-telemetry.ts";
