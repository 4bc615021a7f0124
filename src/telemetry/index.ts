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
