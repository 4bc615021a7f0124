import assert from "node:assert/strict";

import type { Tracer } from "../../spec/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** What a tracer promises: it takes whatever the port lists, so that tracing never breaks what is traced. */
export function tracerConformance(open: () => Tracer | Promise<Tracer>): readonly ConformanceCase[] {
  return [
    {
      name: "startSpan() takes every kind of attribute, any error, and ends by disposal",
      async run() {
        const tracer = await open();
        const attributes = { text: "a", count: 1, flag: false, list: ["a", "b"], missing: undefined };
        assert.doesNotThrow(() => {
          using outer = tracer.startSpan("outer", attributes);
          using inner = tracer.startSpan("inner");
          inner.setAttributes(attributes);
          for (const error of [new Error("broken"), "text", undefined, { odd: true }]) outer.recordError(error);
        });
      },
    },
  ];
}
