/** The port to tracing. The default does nothing at the price of a branch. */
export interface Tracer {
  startSpan(name: string, attributes?: SpanAttributes): Span;
}

/** A span; disposal ends it. */
export interface Span extends Disposable {
  setAttributes(attributes: SpanAttributes): void;
  recordError(error: unknown): void;
}

/** Values that OpenTelemetry takes. */
export interface SpanAttributes {
  readonly [name: string]: string | number | boolean | readonly string[] | undefined;
}
