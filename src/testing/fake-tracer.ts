import type { SpanAttributes, Tracer } from "../spec/index.ts";

/** A span as a fake tracer saw it. */
export interface FakeSpan {
  readonly name: string;
  readonly attributes: SpanAttributes;
  readonly errors: readonly unknown[];
  readonly isEnded: boolean;
}

/** A fake tracer keeps every span, in the order in which they began. */
export interface FakeTracer extends Tracer {
  readonly spans: readonly FakeSpan[];
}

/** A tracer that keeps its spans in memory: what was opened, with what, and whether it was ended. */
export function fakeTracer(): FakeTracer {
  const spans: FakeSpan[] = [];
  return {
    spans,
    startSpan(name, attributes = {}) {
      const errors: unknown[] = [];
      const span = { name, attributes, errors, isEnded: false };
      spans.push(span);
      return {
        setAttributes(more) {
          span.attributes = { ...span.attributes, ...more };
        },
        recordError(error) {
          errors.push(error);
        },
        [Symbol.dispose]() {
          span.isEnded = true;
        },
      };
    },
  };
}
