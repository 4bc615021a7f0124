/**
 * How a trace goes on elsewhere: W3C Trace Context (https://www.w3.org/TR/trace-context-2/) and Baggage. The keys are
 * those of HTTP headers and of `params._meta` in requests of MCP (its SEP-414) alike.
 */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
  /** What the host set to travel with its traces, as far as its propagators let it. */
  readonly baggage?: string;
}

/** Work that other work belongs to. */
export interface ParentSpan {
  /**
   * What a service, a process or an MCP server goes on with this trace by: spread it into headers, or into the `_meta` of
   * a request. `undefined` when it is not recorded.
   */
  traceContext(): TraceContext | undefined;
  /** Runs `work` with this as the active span, for libraries that trace by themselves. */
  activate<Value>(work: () => Value): Value;
}
