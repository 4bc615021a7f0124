/** The headers of W3C Trace Context, https://www.w3.org/TR/trace-context-2/. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Work that other work belongs to. */
export interface ParentSpan {
  /** Headers by which a service, a process or an MCP server goes on with this trace; none when it is not recorded. */
  traceContext(): TraceContext | undefined;
  /** Runs `work` with this as the active span, for libraries that trace by themselves. */
  activate<Value>(work: () => Value): Value;
}
