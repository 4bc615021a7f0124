export { readTelemetryEnvironment, type Environment, type TelemetryEnvironment } from "./read-environment.ts";
export type { MetricsAddress } from "./serve-metrics.ts";
export { startTelemetry } from "./start-telemetry.ts";
export type { StartedTelemetry, StartTelemetryOptions } from "./started-telemetry.ts";
