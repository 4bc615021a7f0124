import * as otel from "@opentelemetry/api";

import type { TraceContext } from "../spec/index.ts";

/**
 * The headers of the span that is active in a context; none when nobody could go on with it. What the host's propagators
 * write, baggage for one, stands beside those of W3C Trace Context, which are there without any.
 */
export function toHeaders(context: otel.Context): TraceContext | undefined {
  const span = otel.trace.getSpanContext(context);
  if (span === undefined || !otel.isSpanContextValid(span)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = span;
  const flags = (traceFlags & 0xff).toString(16).padStart(2, "0");
  const tracestate = traceState?.serialize() ?? "";
  const propagated: Record<string, string> = {};
  otel.propagation.inject(context, propagated);
  return {
    traceparent: `00-${traceId}-${spanId}-${flags}`,
    ...(tracestate === "" ? {} : { tracestate }),
    ...propagated,
  };
}

/** Only versions to come may have more at the end. */
const TRACEPARENT = /^(?!00.{54})([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** A context below what headers name; the given one where they are not in their form, as the recommendation demands. */
export function fromHeaders(headers: TraceContext, context: otel.Context): otel.Context {
  const { traceparent, tracestate } = headers;
  const [, version, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(traceparent.trim()) ?? [];
  if (version === undefined || version === "ff") return context;
  const traceFlags = Number.parseInt(flags, 16) & otel.TraceFlags.SAMPLED;
  const state = tracestate === undefined ? {} : { traceState: otel.createTraceState(tracestate) };
  const span = { traceId, spanId, traceFlags, isRemote: true, ...state };
  if (!otel.isSpanContextValid(span)) return context;
  return otel.trace.setSpanContext(otel.propagation.extract(context, headers), span);
}
