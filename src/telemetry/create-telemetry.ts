import { importPeer } from "../errors/index.ts";
import type { Tracer } from "../spec/index.ts";
import type { TelemetryOptions } from "./telemetry-options.ts";

/**
 * Makes a tracer that tells OpenTelemetry, by the conventions for generative AI, and keeps the metrics. It uses the API
 * only: without an SDK of the host nothing is recorded. Make one for a process and pass it to every harness: sessions
 * that have ended stay in its metrics for six minutes. Throws code "package_missing" without `@opentelemetry/api`.
 *
 * @example
 * ```ts
 * import { run } from "harness-agent";
 * import { createTelemetry } from "harness-agent/telemetry";
 * import { scriptedModel } from "harness-agent/testing";
 *
 * const telemetry = await createTelemetry({ content: { toolArgs: true } });
 * console.log(await run("Greet me", { model: scriptedModel(["Hello."]), tools: [], audit: false, telemetry }).text());
 * ```
 */
export async function createTelemetry(options: TelemetryOptions = {}): Promise<Tracer> {
  await importPeer("@opentelemetry/api", () => import("@opentelemetry/api"));
  const { openTracer } = await import("./open-tracer.ts");
  return openTracer(options);
}
