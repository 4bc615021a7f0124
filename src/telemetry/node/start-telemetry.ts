import { importPeer } from "../../errors/index.ts";
import type { StartedTelemetry, StartTelemetryOptions } from "./started-telemetry.ts";

/**
 * Sets up OpenTelemetry's SDK for this process from `OTEL_*`, and serves metrics at 127.0.0.1:9464. For programs that
 * do not set it up themselves; needs `@opentelemetry/sdk-node`. Without a word in the environment nothing is sent
 * anywhere. Throws a `ConfigError` for a bad variable, code "telemetry_unavailable" when the port is taken, and code
 * "telemetry_conflict" when OpenTelemetry is set up already.
 *
 * @example
 * ```ts
 * import { run } from "harness-agent";
 * import { startTelemetry } from "harness-agent/telemetry/node";
 * import { scriptedModel } from "harness-agent/testing";
 *
 * await using telemetry = await startTelemetry({ prometheus: { port: 0 } });
 * const model = scriptedModel(["Hello."]);
 * console.log(await run("Greet me", { model, tools: [], audit: false, telemetry: telemetry.tracer }).text());
 * ```
 */
export async function startTelemetry(options: StartTelemetryOptions = {}): Promise<StartedTelemetry> {
  await importPeer("@opentelemetry/api", () => import("@opentelemetry/api"));
  const { startSdk } = await import("./start-sdk.ts");
  return await startSdk(options);
}
