/** Runs with one kind of telemetry, in a fresh process: prints what each block of runs cost as a line of JSON. */
import { trace } from "@opentelemetry/api";
import { MetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { BatchSpanProcessor, TracerProvider, type ReadableSpan } from "@opentelemetry/sdk-trace";
import { z } from "zod";

import { defineTool, run } from "harness-agent";
import { createTelemetry, type Tracer } from "harness-agent/telemetry";
import { scriptedModel } from "harness-agent/testing";
import { BareSpans, SpanRecorder } from "./bare-spans.ts";

const TURNS = 300;
/** Spans of one such run: itself, and turn, model call and tool call of each turn but the last. */
const SPANS = 1 + 3 * TURNS + 2;
/** Runs of a block: one run has a collection of garbage or none, a block has its share of them. */
const RUNS = 10;

const [kind = "", blocks = "1"] = process.argv.slice(2);

/** What this process prints. */
export interface PrintedCosts {
  /** Milliseconds of a run, for each block. */
  readonly costs: readonly number[];
  /** Spans of a run. */
  readonly spans: number;
}

let exported = 0;
const processor = new BatchSpanProcessor({
  exporter: {
    export(spans: readonly ReadableSpan[], done: (result: { code: number }) => void): void {
      exported += spans.length;
      done({ code: 0 });
    },
    shutdown: async (): Promise<void> => {},
  },
});

/** A reader that is asked, as Prometheus asks. */
class PulledReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

interface Watch {
  readonly telemetry?: Tracer;
  readonly onModelCall?: () => void;
  readonly onToolCall?: () => void;
}

async function performRun({ telemetry, onModelCall = () => {}, onToolCall = () => {} }: Watch): Promise<void> {
  const look = defineTool({
    name: "Look",
    description: "Looks",
    input: z.object({}),
    effect: "read",
    execute() {
      onToolCall();
      return "seen";
    },
  });
  const steps = Array.from({ length: TURNS + 1 }, (_, turn) => () => {
    onModelCall();
    return turn === TURNS ? "Done." : { toolCalls: [{ name: "Look", args: {} }] };
  });
  const alone = { audit: false, config: false, env: {}, sandbox: "none" } as const;
  const traced = telemetry === undefined ? {} : { telemetry };
  await run("Look", { model: scriptedModel(steps), tools: [look], maxTurns: TURNS + 1, ...alone, ...traced }).text();
}

/** How a run of this kind is performed. */
async function prepare(): Promise<() => Promise<void>> {
  const recorder = new SpanRecorder();
  const tracerProvider = new TracerProvider({ spanProcessors: [recorder] });
  await performRun({ telemetry: await createTelemetry({ env: {}, tracerProvider }) });
  const recorded = recorder.take();
  if (kind === "off") return () => performRun({});
  const metricReaders = kind === "metrics" ? [new PulledReader()] : [];
  new NodeSDK({ spanProcessors: [processor], metricReaders, autoDetectResources: false }).start();
  if (kind !== "sdk") {
    const telemetry = await createTelemetry({ env: {} });
    return () => performRun({ telemetry });
  }
  return async () => {
    const spans = new BareSpans(trace.getTracer("bench"), recorded);
    await performRun({ onModelCall: () => spans.callModel(), onToolCall: () => spans.callTool() });
    spans.end();
  };
}

const perform = await prepare();
const costs: number[] = [];
for (let block = 0; block < Number(blocks); block += 1) {
  const from = process.cpuUsage();
  for (let index = 0; index < RUNS; index += 1) await perform();
  await processor.forceFlush();
  const { user, system } = process.cpuUsage(from);
  costs.push((user + system) / 1000 / RUNS);
}
const expected = kind === "off" ? 0 : SPANS * RUNS * Number(blocks);
if (exported !== expected) throw new Error(`${exported} spans were exported, not ${expected}`);
const printed: PrintedCosts = { costs, spans: SPANS };
console.log(JSON.stringify(printed));
