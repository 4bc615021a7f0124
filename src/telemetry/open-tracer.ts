import * as otel from "@opentelemetry/api";

import { systemClock } from "../async/index.ts";
import type { ParentSpan, Span, SpanStarts, SpanType, TraceContext, Tracer } from "../spec/index.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { RecordedSpan } from "./recorded-span.ts";
import { attributeNames } from "./semantic-names.ts";
import type { RunScope, SpanRecipe, Surroundings } from "./span-recipe.ts";
import { modelCallSpan } from "./spans/model-call-span.ts";
import { runSpan } from "./spans/run-span.ts";
import { approvalSpan, sandboxSpan, turnSpan } from "./spans/small-spans.ts";
import { toolCallSpan } from "./spans/tool-call-span.ts";
import { readSettings, type TelemetryOptions, type TelemetrySettings } from "./telemetry-options.ts";
import { fromHeaders } from "./trace-headers.ts";

/** The name under which everything is told. */
const SCOPE = "harness-agent";

/** Leaving one out does not compile. */
const RECIPES: { readonly [Type in SpanType]: SpanRecipe<Type> } = {
  run: runSpan,
  turn: turnSpan,
  "model-call": modelCallSpan,
  "tool-call": toolCallSpan,
  approval: approvalSpan,
  sandbox: sandboxSpan,
};

/**
 * Metrics by the provider that they go to. The one state of this module: what the sessions of a process cost has to
 * outlive the harness that ran them, and a second set of callbacks for the same series would speak against the first.
 */
const metricsOf = new WeakMap<otel.MeterProvider, Map<string, Metrics>>();

function shareMetrics(
  provider: otel.MeterProvider,
  create: () => Metrics,
  { conventions, sessionLabel }: TelemetrySettings,
): Metrics {
  const known = metricsOf.get(provider) ?? new Map<string, Metrics>();
  metricsOf.set(provider, known);
  const key = `${conventions} ${sessionLabel}`;
  const metrics = known.get(key) ?? create();
  known.set(key, metrics);
  return metrics;
}

/** Makes the tracer: everything that needs `@opentelemetry/api` stands behind this file. */
export function openTracer(options: TelemetryOptions = {}): Tracer {
  const settings = readSettings(options);
  const { clock = systemClock, parent } = options;
  // What providers give has the types of the API; naming those in options would make everybody install it.
  const tracer = (options.tracerProvider ?? otel.trace.getTracerProvider()).getTracer(SCOPE) as otel.Tracer;
  const provider = (options.meterProvider ?? otel.metrics.getMeterProvider()) as otel.MeterProvider;
  const metrics = shareMetrics(provider, () => createMetrics(provider.getMeter(SCOPE), clock, settings), settings);
  const shared: Surroundings = { scope: undefined, names: attributeNames(settings.conventions), metrics, settings };
  return {
    measure: (measurement) => metrics.measure(measurement),
    startSpan<Type extends SpanType>(type: Type, start: SpanStarts[Type], above?: ParentSpan): Span<Type> {
      const known = above instanceof RecordedSpan ? above : undefined;
      const context = known?.context ?? outerContext(above?.traceContext() ?? parent);
      const around = known?.surroundings ?? shared;
      const surroundings = isRunStart(type, start) ? { ...around, scope: toScope(start, known?.surroundings) } : around;
      return new RecordedSpan({ recipe: RECIPES[type], start, surroundings, tracer, context, clock });
    },
  };
}

function isRunStart(type: SpanType, _start: SpanStarts[SpanType]): _start is SpanStarts["run"] {
  return type === "run";
}

function toScope({ sessionId, agent, redact }: SpanStarts["run"], above: Surroundings | undefined): RunScope {
  const rootId = above?.scope?.rootId ?? sessionId;
  return { sessionId, agent, redact, rootId, isSubAgent: above !== undefined, modelCalls: 0 };
}

/** What the host has active goes before headers: it is nearer. */
function outerContext(headers: TraceContext | undefined): otel.Context {
  const active = otel.context.active();
  if (headers === undefined || otel.trace.getSpan(active) !== undefined) return active;
  return fromHeaders(headers, active);
}
