import assert from "node:assert/strict";

import type { Measurement, Tracer } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

const MEASUREMENTS: readonly Measurement[] = [
  { type: "audit-chain", log: "session", isValid: true },
  { type: "session-cost", sessionId: "s", cost: 0.5 },
  { type: "sandbox-start", mode: "process", durationMs: 3 },
  { type: "finding", kind: "stall" },
];

const START = {
  sessionId: "s",
  agent: "main",
  provider: "p",
  model: "m",
  tools: ["Read"],
  redact: (text: string) => text,
};

/** What a tracer promises: it takes whatever the port lists, so that tracing never breaks what is traced. */
export function tracerConformance(open: () => Tracer | Promise<Tracer>): readonly ConformanceCase[] {
  return [
    {
      name: "startSpan() takes facts, any error and any parent, and ends by disposal, also twice",
      async run() {
        const tracer = await open();
        assert.doesNotThrow(() => openSpans(tracer));
      },
    },
    {
      name: "measure() takes every measurement",
      async run() {
        const tracer = await open();
        assert.doesNotThrow(() => {
          for (const measurement of MEASUREMENTS) tracer.measure(measurement);
        });
      },
    },
    {
      name: "activate() gives what the work gives, and lets through what it throws",
      async run() {
        using span = (await open()).startSpan("run", START);
        const seven = span.activate(() => 7);
        assert.equal(seven, 7);
        const broken = new Error("broken");
        const fail = (): never => {
          throw broken;
        };
        assert.throws(
          () => span.activate(fail),
          (error) => error === broken,
        );
      },
    },
    {
      name: "traceContext() gives headers that fit W3C Trace Context, or nothing",
      async run() {
        using span = (await open()).startSpan("run", START);
        const { traceparent } = span.traceContext() ?? {};
        const form = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
        if (traceparent !== undefined) assert.match(traceparent, form);
      },
    },
  ];
}

function openSpans(tracer: Tracer): void {
  using outer = tracer.startSpan("run", START);
  using inner = tracer.startSpan("turn", { turn: 1 }, outer);
  const stranger = { traceContext: () => undefined, activate: <Value>(work: () => Value): Value => work() };
  using lost = tracer.startSpan("sandbox", { mode: "process" }, stranger);
  lost.note({ exitCode: undefined, timedOut: false, oomKilled: false });
  inner.note({ finishReason: "end_turn", toolCalls: 0 });
  inner.note({ finishReason: "end_turn", toolCalls: 0 });
  for (const error of [new Error("broken"), "text", undefined, { odd: true }]) outer.recordError(error);
  inner[Symbol.dispose]();
  inner.note({ finishReason: "end_turn", toolCalls: 0 });
}
