/** What telemetry costs: off, and on with OpenTelemetry's own SDK, whose exporter drops what it gets. CPU, not wall time. */
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { z } from "zod";

import { defineTool, run, type RunOptions } from "harness-agent";
import { createTelemetry, type SpanFacts, type SpanStarts, type Tracer } from "harness-agent/telemetry";
import { scriptedModel } from "harness-agent/testing";

const TURNS = 300;
const BLOCKS = 9;
/** Spans of one such run: itself, and turn, model call and tool call of each turn but the last. */
const SPANS = 1 + 3 * TURNS + 2;

/** Prints the table. */
export async function measureTelemetry(): Promise<void> {
  const on = await openTelemetry();
  console.log("Telemetry, CPU");
  const spanCost = await median(async () => measureSpans(on));
  console.log(`  one span of a tool call, attributes and metrics ${spanCost.toFixed(2).padStart(8)} µs`);

  const cost = { off: [] as number[], again: [] as number[], on: [] as number[] };
  await measureRun(undefined);
  await measureRun(on);
  for (let block = 0; block < BLOCKS; block += 1) {
    // Taking turns: whatever slows the machine down slows all of them.
    cost.off.push(await measureRun(undefined));
    cost.on.push(await measureRun(on));
    cost.again.push(await measureRun(undefined));
  }
  const [off, again, traced] = [middle(cost.off), middle(cost.again), middle(cost.on)];
  console.log(`  ${TURNS} turns with a tool call each, off           ${off.toFixed(2).padStart(8)} ms`);
  console.log(`  the same once more, which shows the noise       ${again.toFixed(2).padStart(8)} ms`);
  console.log(
    `  on                                              ${traced.toFixed(2).padStart(8)} ms = ${(((traced - Math.min(off, again)) * 1000) / SPANS).toFixed(2)} µs a span`,
  );
}

async function openTelemetry(): Promise<Tracer> {
  const exporter = {
    export: (_spans: unknown, done: (result: { code: number }) => void): void => done({ code: 0 }),
    shutdown: async (): Promise<void> => {},
  };
  const processor = new BatchSpanProcessor({ exporter });
  return await createTelemetry({
    env: {},
    tracerProvider: new TracerProvider({ spanProcessors: [processor] }),
    meterProvider: new MeterProvider(),
  });
}

/** Microseconds of one span. */
function measureSpans(tracer: Tracer): number {
  const count = 5000;
  const start: SpanStarts["tool-call"] = { call: { id: "call_1", name: "Read", args: {} }, tool: undefined };
  const facts: SpanFacts["tool-call"] = {
    result: {
      call: start.call,
      name: "Read",
      content: "text",
      isError: false,
      outcome: "completed",
      decision: { effect: "allow", layer: "policy", rule: "reads", reason: "reading is allowed" },
      durationMs: 1,
      isolation: {
        mode: "none",
        filesystem: "unconfined",
        network: "unconfined",
        environment: "scrubbed",
        limits: [],
      },
    },
  };
  const from = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    using span = tracer.startSpan("tool-call", start);
    span.note(facts);
  }
  return micros(from) / count;
}

async function measureRun(telemetry: Tracer | undefined): Promise<number> {
  const look = defineTool({
    name: "Look",
    description: "Looks",
    input: z.object({}),
    effect: "read",
    execute: () => "seen",
  });
  const steps = Array.from({ length: TURNS }, () => ({ toolCalls: [{ name: "Look", args: {} }] }));
  const options: RunOptions = {
    model: scriptedModel([...steps, "Done."]),
    tools: [look],
    maxTurns: TURNS + 1,
    audit: false,
    config: false,
    env: {},
    sandbox: "none",
    ...(telemetry === undefined ? {} : { telemetry }),
  };
  const from = process.cpuUsage();
  await run("Look", options).text();
  return micros(from) / 1000;
}

function micros(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

async function median(measure: () => Promise<number>): Promise<number> {
  const costs: number[] = [];
  for (let block = 0; block <= BLOCKS; block += 1) costs.push(await measure());
  return middle(costs.slice(1));
}

function middle(costs: readonly number[]): number {
  return costs.toSorted((left, right) => left - right)[Math.floor(costs.length / 2)] ?? Number.NaN;
}
