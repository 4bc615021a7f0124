export { createTelemetry } from "./create-telemetry.ts";
export type { Conventions } from "./semantic-names.ts";
export type { ContentGates, OpenTelemetryTracer, TelemetryOptions } from "./telemetry-options.ts";
export type {
  Measurement,
  ModelCallFact,
  ModelCallStart,
  ParentSpan,
  RunStart,
  Span,
  SpanFacts,
  SpanStarts,
  SpanType,
  TraceContext,
  Tracer,
} from "../spec/index.ts";
