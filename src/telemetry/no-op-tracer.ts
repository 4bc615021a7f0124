import type { Span, Tracer } from "../spec/index.ts";

const NO_OP_SPAN: Span = {
  setAttributes() {},
  recordError() {},
  [Symbol.dispose]() {},
};

/** The default tracer: nothing is recorded, nothing is built. */
export const noOpTracer: Tracer = { startSpan: () => NO_OP_SPAN };
