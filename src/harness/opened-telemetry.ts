import type { Tracer } from "../spec/index.ts";

/** The tracer of a harness. */
export interface OpenedTelemetry {
  /** `undefined`: nobody watches, and nothing of it is loaded. */
  readonly tracer: Tracer | undefined;
  /** Sends what waits, where it was set up here. */
  flush(): Promise<void>;
}

/** For what was set up elsewhere, or not at all. */
export const NOTHING_WAITS = async (): Promise<void> => {};
