import { describe, expect, it } from "vitest";

import { fromOpenTelemetry, noOpTracer, type OpenTelemetryTracer } from "../../src/telemetry/index.ts";

/** The part of an OpenTelemetry tracer that is used, written down as it is called. */
function recordingTracer(): { readonly tracer: OpenTelemetryTracer; readonly calls: readonly unknown[][] } {
  const calls: unknown[][] = [];
  const tracer: OpenTelemetryTracer = {
    startSpan(name) {
      calls.push(["start", name]);
      return {
        setAttribute: (...attribute) => calls.push(["attribute", ...attribute]),
        recordException: (exception) => void calls.push(["exception", exception]),
        setStatus: (status) => calls.push(["status", status]),
        end: () => void calls.push(["end"]),
      };
    },
  };
  return { tracer, calls };
}

describe("fromOpenTelemetry()", () => {
  it.each([
    [new Error("broken"), "broken"],
    ["text", "text"],
    [undefined, "undefined"],
    [Object.create(null), "Unknown error"],
    [{ message: "no Error" }, "no Error"],
  ])("recordError(%j) records an exception with a message, whatever was thrown", (thrown, message) => {
    const { tracer, calls } = recordingTracer();
    fromOpenTelemetry(tracer).startSpan("x").recordError(thrown);
    expect(calls.slice(1)).toEqual([
      ["exception", thrown instanceof Error ? thrown : new Error(message)],
      ["status", { code: 2, message }],
    ]);
  });

  it("passes names and attributes on, without those that have no value, and ends a span on disposal", () => {
    const { tracer, calls } = recordingTracer();
    const list = Object.freeze(["a", "b"]);
    {
      using span = fromOpenTelemetry(tracer).startSpan("chat", { one: 1, none: undefined, yes: false });
      span.setAttributes({ list, text: "" });
    }
    expect(calls).toEqual([
      ["start", "chat"],
      ["attribute", "one", 1],
      ["attribute", "yes", false],
      ["attribute", "list", ["a", "b"]],
      ["attribute", "text", ""],
      ["end"],
    ]);
    expect(calls[3]?.[2]).not.toBe(list);
  });
});

describe("noOpTracer", () => {
  it("takes everything and keeps nothing: one span for all", () => {
    const first = noOpTracer.startSpan("a", { x: 1 });
    expect(noOpTracer.startSpan("b")).toBe(first);
    first.setAttributes({ y: 2 });
    first.recordError(new Error("x"));
    first[Symbol.dispose]();
    expect(first).not.toHaveProperty("y");
  });
});
