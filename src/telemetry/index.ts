export { fromOpenTelemetry, type OpenTelemetrySpan, type OpenTelemetryTracer } from "./from-open-telemetry.ts";
export { noOpTracer } from "./no-op-tracer.ts";
export type { Span, SpanAttributes, Tracer } from "../spec/index.ts";
