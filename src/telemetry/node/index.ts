export type { MetricsAddress } from "./serve-metrics.ts";
export { startTelemetry } from "./start-telemetry.ts";
export type { StartedTelemetry, StartTelemetryOptions } from "./started-telemetry.ts";
