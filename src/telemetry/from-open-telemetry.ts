import { describeError } from "../errors/index.ts";
import type { Span, SpanAttributes, Tracer } from "../spec/index.ts";

/** The part of an `@opentelemetry/api` tracer that is used here, so that this package does not depend on it. */
export interface OpenTelemetryTracer {
  startSpan(
    name: string,
    options?: { attributes?: Record<string, string | number | boolean | string[]> },
  ): OpenTelemetrySpan;
}

/** The part of an `@opentelemetry/api` span that is used here. */
export interface OpenTelemetrySpan {
  setAttribute(name: string, value: string | number | boolean | string[]): unknown;
  recordException(exception: Error): void;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

/** `SpanStatusCode.ERROR` of `@opentelemetry/api`. */
const STATUS_ERROR = 2;

/** Makes a tracer of an OpenTelemetry one: `fromOpenTelemetry(trace.getTracer("my-bot"))`. */
export function fromOpenTelemetry(tracer: OpenTelemetryTracer): Tracer {
  return {
    startSpan(name, attributes = {}) {
      const span = tracer.startSpan(name);
      setAttributes(span, attributes);
      return wrapSpan(span);
    },
  };
}

function wrapSpan(span: OpenTelemetrySpan): Span {
  return {
    setAttributes: (attributes) => setAttributes(span, attributes),
    recordError(error) {
      const exception = error instanceof Error ? error : new Error(describeError(error));
      span.recordException(exception);
      span.setStatus({ code: STATUS_ERROR, message: exception.message });
    },
    [Symbol.dispose]: () => span.end(),
  };
}

function setAttributes(span: OpenTelemetrySpan, attributes: SpanAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    span.setAttribute(name, typeof value === "object" ? [...value] : value);
  }
}
