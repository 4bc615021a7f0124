import { raceSignal } from "../async/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type { Tracer } from "../index.ts";
import type { StartedTelemetry } from "../telemetry/node/index.ts";

/** Telemetry of one command. */
export interface CommandTelemetry {
  readonly tracer: Tracer | undefined;
  close(): Promise<void>;
}

/** A receiver that is not there must not hold the end of a command. */
const CLOSE_MS = 5000;

/**
 * Sets up telemetry when `OTEL_*` of the environment says where to. Such variables may be meant for other programs: what
 * is wrong with them, or with the packages, is told, and the command goes on without.
 */
export async function openTelemetry(
  env: Readonly<Record<string, string | undefined>>,
  note: (message: string) => void,
): Promise<CommandTelemetry> {
  const nothing = { tracer: undefined, close: async (): Promise<void> => {} };
  // Most have none, and must not wait for what it takes to read them.
  if (!Object.keys(env).some((name) => name.startsWith("OTEL_"))) return nothing;
  try {
    const { readTelemetryEnvironment, startTelemetry } = await import("../telemetry/node/index.ts");
    const { isUsed, metrics } = readTelemetryEnvironment(env);
    if (!isUsed) return nothing;
    const start = (prometheus: boolean): Promise<StartedTelemetry> => startTelemetry({ env, log: note, prometheus });
    // One command of many serves the metrics; the others push theirs, if they are told to.
    const started = await start(metrics.length > 0).catch((error: unknown) => {
      if (!isTaken(error)) throw error;
      if (metrics.includes("prometheus")) note(describeError(error));
      return start(false);
    });
    const close = (): Promise<void> =>
      raceSignal(started.shutdown(), AbortSignal.timeout(CLOSE_MS)).catch((error: unknown) =>
        note(`Telemetry was lost: ${describeError(error)}`),
      );
    return { tracer: started.tracer, close };
  } catch (error) {
    note(`Telemetry is off: ${describeError(error)}`);
    return nothing;
  }
}

function isTaken(error: unknown): boolean {
  return HarnessError.isInstance(error) && error.code === "telemetry_unavailable";
}
