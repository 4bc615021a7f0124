import type { Attributes } from "@opentelemetry/api";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from "@opentelemetry/sdk-trace";

/** A reader that is asked, as Prometheus asks. */
class PulledReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** A host program's own OpenTelemetry: the real SDK, with spans in memory and metrics as Prometheus reads them. */
export interface OtelHost {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
  spans(): readonly ReadableSpan[];
  /** The page that Prometheus would scrape. */
  page(): Promise<string>;
  /** The value of one series by name and some of its labels; `undefined` when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
}

export function openHost(): OtelHost {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const reader = new PulledReader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  const serializer = new PrometheusSerializer("", false, undefined, true, true);
  const page = async (): Promise<string> => {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, "metrics could not be collected");
    return serializer.serialize(resourceMetrics);
  };
  return {
    tracerProvider,
    meterProvider,
    spans: () => exporter.getFinishedSpans(),
    page,
    async value(name, labels = {}) {
      const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
      const line = (await page()).split("\n").find((text) => {
        const isOne = text.startsWith(`${name}{`) || text.startsWith(`${name} `);
        return isOne && wanted.every((label) => text.includes(label));
      });
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
    },
  };
}

/** Spans as "name < name of the parent", sorted. */
export function treeOf(spans: readonly ReadableSpan[]): readonly string[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  return spans
    .map(({ name, parentSpanContext }) =>
      parentSpanContext === undefined ? name : `${name} < ${names.get(parentSpanContext.spanId) ?? "outside"}`,
    )
    .toSorted();
}

/** The attributes of the first span whose name begins so. */
export function attributesOf(spans: readonly ReadableSpan[], name: string): Attributes {
  const span = spans.find((candidate) => candidate.name.startsWith(name));
  if (span === undefined) throw new Error(`There is no span "${name}": ${spans.map((each) => each.name).join(", ")}`);
  return span.attributes;
}
