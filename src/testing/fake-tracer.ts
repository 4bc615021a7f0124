import type {
  Measurement,
  ParentSpan,
  Span,
  SpanFacts,
  SpanStarts,
  SpanType,
  TraceContext,
  Tracer,
} from "../spec/index.ts";

/** A span as a fake tracer saw it, by its type. */
export type FakeSpan = {
  readonly [Type in SpanType]: {
    readonly type: Type;
    readonly start: SpanStarts[Type];
    /** What was noted, in order. */
    readonly facts: readonly SpanFacts[Type][];
    /** The type of the span above, where this tracer opened it. */
    readonly parent: SpanType | undefined;
    readonly errors: readonly unknown[];
    readonly isEnded: boolean;
    readonly traceContext: TraceContext;
  };
}[SpanType];

/** A fake tracer keeps every span, in the order in which they began, and every measurement. */
export interface FakeTracer extends Tracer {
  readonly spans: readonly FakeSpan[];
  readonly measurements: readonly Measurement[];
}

/** A tracer that keeps its spans in memory: what was opened below what, what was noted, and whether it was ended. */
export function fakeTracer(): FakeTracer {
  const spans: FakeSpan[] = [];
  const measurements: Measurement[] = [];
  const types = new Map<ParentSpan, SpanType>();
  return {
    spans,
    measurements,
    measure: (measurement) => void measurements.push(measurement),
    startSpan<Type extends SpanType>(type: Type, start: SpanStarts[Type], parent?: ParentSpan): Span<Type> {
      const facts: SpanFacts[Type][] = [];
      const errors: unknown[] = [];
      const id = (spans.length + 1).toString(16).padStart(16, "0");
      const traceContext = { traceparent: `00-${"a".repeat(32)}-${id}-01` };
      const above = parent === undefined ? undefined : types.get(parent);
      const seen = { type, start, facts, parent: above, errors, isEnded: false, traceContext };
      // Type and facts belong together; the union loses that link.
      spans.push(seen as unknown as FakeSpan);
      const span: Span<Type> = {
        note: (fact) => void facts.push(fact),
        recordError: (error) => void errors.push(error),
        traceContext: () => traceContext,
        activate: (work) => work(),
        [Symbol.dispose]() {
          seen.isEnded = true;
        },
      };
      types.set(span, type);
      return span;
    },
  };
}
