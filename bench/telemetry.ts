/** What telemetry costs: off, and on with OpenTelemetry's own SDK, whose exporter drops what it gets. CPU, not wall time. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

import { createTelemetry, type SpanFacts, type SpanStarts, type Tracer } from "harness-agent/telemetry";
import type { PrintedCosts } from "./telemetry-process.ts";

/** What is compared, in this order. The second is the first once more, which shows the noise. */
const KINDS = [
  { kind: "off", title: "runs of 300 turns with a tool call each, off" },
  { kind: "off", title: "the same once more" },
  { kind: "sdk", title: "the same spans, made with the SDK alone" },
  { kind: "spans", title: "on: spans" },
  { kind: "metrics", title: "on: spans and metrics that are read" },
] as const;
const ROUNDS = 3;
/** Blocks of a process, and how many of them V8 takes to compile what it runs: they are told by themselves or not at all. */
const BLOCKS = 8;
const WARM_UP = 4;

/** Prints the table. */
export async function measureTelemetry(): Promise<void> {
  console.log("Telemetry, CPU");
  const spanCost = await measureSpan();
  console.log(`  ${"one span of a tool call by itself".padEnd(48)} ${spanCost.toFixed(2).padStart(8)} µs`);
  const measured = KINDS.map((): PrintedCosts[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    // Taking turns: whatever slows the machine down slows all of them.
    for (const [index, { kind }] of KINDS.entries()) measured[index]?.push(await measureRuns(kind));
  }
  const rows = measured.map((processes) => ({
    spans: processes[0]?.spans ?? Number.NaN,
    first: middle(processes.map(({ costs }) => costs[0] ?? Number.NaN)),
    warm: middle(processes.flatMap(({ costs }) => costs.slice(WARM_UP))),
  }));
  const [off] = rows;
  for (const [index, { title }] of KINDS.entries()) {
    const row = rows[index];
    if (row === undefined || off === undefined) continue;
    const perSpan = (cost: "first" | "warm"): string => (((row[cost] - off[cost]) * 1000) / row.spans).toFixed(1);
    const told = index === 0 ? "" : ` = ${perSpan("warm")} µs a span, ${perSpan("first")} in the first ten runs`;
    console.log(`  ${title.padEnd(48)} ${row.warm.toFixed(2).padStart(8)} ms${told}`);
  }
}

/** Runs with one kind of telemetry in a process of their own, as programs have one kind and not several. */
async function measureRuns(kind: string): Promise<PrintedCosts> {
  const script = new URL("./telemetry-process.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script, kind, String(BLOCKS)]);
  // Printed by telemetry-process.ts.
  return JSON.parse(stdout) as PrintedCosts;
}

/** Microseconds of one span, without a run around it. */
async function measureSpan(): Promise<number> {
  const exporter = {
    export: (_spans: unknown, done: (result: { code: number }) => void): void => done({ code: 0 }),
    shutdown: async (): Promise<void> => {},
  };
  const tracer = await createTelemetry({
    env: {},
    tracerProvider: new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] }),
    meterProvider: new MeterProvider(),
  });
  const costs = Array.from({ length: BLOCKS }, () => measureSpans(tracer));
  return middle(costs.slice(1));
}

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
  const { user, system } = process.cpuUsage(from);
  return (user + system) / count;
}

function middle(costs: readonly number[]): number {
  return costs.toSorted((left, right) => left - right)[Math.floor(costs.length / 2)] ?? Number.NaN;
}
