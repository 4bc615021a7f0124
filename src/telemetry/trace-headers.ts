import * as otel from "@opentelemetry/api";

import type { TraceContext } from "../spec/index.ts";

/** The headers of a span; none when nobody could go on with it. */
export function toHeaders(span: otel.Span): TraceContext | undefined {
  const context = span.spanContext();
  if (!otel.isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = context;
  const flags = (traceFlags & 0xff).toString(16).padStart(2, "0");
  const tracestate = traceState?.serialize() ?? "";
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, ...(tracestate === "" ? {} : { tracestate }) };
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** The span context that headers name; `undefined` for what is not in their form, as the recommendation demands. */
export function fromHeaders({ traceparent, tracestate }: TraceContext): otel.SpanContext | undefined {
  const [, version, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(traceparent.trim()) ?? [];
  if (version === undefined || version === "ff") return undefined;
  const traceFlags = Number.parseInt(flags, 16) & otel.TraceFlags.SAMPLED;
  const state = tracestate === undefined ? {} : { traceState: otel.createTraceState(tracestate) };
  const context = { traceId, spanId, traceFlags, isRemote: true, ...state };
  return otel.isSpanContextValid(context) ? context : undefined;
}
