import type { Tracer } from "../../spec/index.ts";
import type { TelemetryOptions } from "../telemetry-options.ts";
import type { MetricsAddress, MetricsServer } from "./serve-metrics.ts";

/** Options of `startTelemetry`. */
export interface StartTelemetryOptions extends Omit<TelemetryOptions, "tracerProvider" | "meterProvider"> {
  /** Serves metrics for Prometheus. @default true, unless `OTEL_METRICS_EXPORTER` is "none" */
  readonly prometheus?: boolean | MetricsAddress;
  /** Receives what was mended in the environment, and what disposal could not send. @default nothing */
  readonly log?: (message: string) => void;
}

/** OpenTelemetry at work. Disposal is `shutdown()`, and throws nothing: what could not be sent is told to `log`. */
export interface StartedTelemetry extends AsyncDisposable {
  /** For the option `telemetry` of harnesses and runs. */
  readonly tracer: Tracer;
  /** Where metrics are served, if they are. */
  readonly prometheus: Pick<MetricsServer, "host" | "port" | "url"> | undefined;
  /** Sends what waits. */
  flush(): Promise<void>;
  /**
   * Sends what waits and ends everything. A program that ends right after its run passes `scrapeMs`: so long it waits
   * for Prometheus to read the last values. Rejects when something could not be sent; everything has ended all the same.
   */
  shutdown(options?: { readonly scrapeMs?: number }): Promise<void>;
}
