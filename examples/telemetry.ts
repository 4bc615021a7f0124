/** Traces and metrics: the SDK is set up from OTEL_*, and Prometheus can read what runs cost and did. */
import { defineTool, run } from "harness-agent";
import { startTelemetry } from "harness-agent/telemetry/node";
import { scriptedModel } from "harness-agent/testing";
import { z } from "zod";

// 9464 where nothing else is said; 0 is any that is free.
const telemetry = await startTelemetry({ prometheus: { port: 0 }, log: console.error });

const look = defineTool({
  name: "Look",
  description: "Looks at a place",
  input: z.object({ at: z.string() }),
  effect: "read",
  // Services that go on with the trace get its headers; `ctx.fetch` adds them by itself.
  execute: ({ at }, { span }) => `${at}: seen in trace ${span?.traceContext()?.traceparent ?? "(not recorded)"}`,
});
const model = scriptedModel(
  [{ toolCalls: [{ name: "Look", args: { at: "the attic" } }], usage: { input: 500_000 } }, "Dust."],
  { pricing: { input: 3, output: 15 } },
);
console.log(await run("What is up there?", { model, tools: [look], audit: false, telemetry: telemetry.tracer }).text());

const page = await (await fetch(telemetry.prometheus?.url ?? "")).text();
console.log(page.match(/^harness_(?:cost|tool_calls)[{ ].*$/gm)?.join("\n"));
await telemetry.shutdown();
