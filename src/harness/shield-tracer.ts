import { describeError } from "../errors/index.ts";
import type { ParentSpan, Span, SpanType, Tracer } from "../spec/index.ts";

/**
 * Puts a tracer that is not ours where it cannot end what it watches: whatever it throws is told to `log`, once, and the
 * run goes on without that span.
 */
export function shieldTracer(tracer: Tracer, log: (message: string) => void): Tracer {
  const inner = new WeakMap<ParentSpan, ParentSpan>();
  let isTold = false;
  const attempt = <Value>(work: () => Value): Value | undefined => {
    try {
      return work();
    } catch (error) {
      if (!isTold) log(`The tracer failed, and the run goes on without what it missed: ${describeError(error)}`);
      isTold = true;
      return undefined;
    }
  };
  const shield = <Type extends SpanType>(span: Span<Type>): Span<Type> => ({
    note: (facts) => attempt(() => span.note(facts)),
    recordError: (error) => attempt(() => span.recordError(error)),
    traceContext: () => attempt(() => span.traceContext()),
    activate: (work) => activate(span, work, attempt),
    [Symbol.dispose]: () => attempt(() => span[Symbol.dispose]()),
  });
  return {
    startSpan(type, start, parent) {
      // A tracer knows its parents by the objects that it gave out.
      const own = parent === undefined ? undefined : (inner.get(parent) ?? parent);
      const span = attempt(() => tracer.startSpan(type, start, own));
      if (span === undefined) return NO_SPAN;
      const shielded = shield(span);
      inner.set(shielded, span);
      return shielded;
    },
    measure: (measurement) => attempt(() => tracer.measure(measurement)),
  };
}

/** The work is done once, and what it gives or throws is the caller's, whatever the span does around it. */
function activate<Value>(span: ParentSpan, work: () => Value, attempt: (run: () => void) => void): Value {
  let done: (() => Value) | undefined;
  attempt(() =>
    span.activate(() => {
      if (done !== undefined) return;
      try {
        const value = work();
        done = () => value;
      } catch (error) {
        done = () => {
          throw error;
        };
      }
    }),
  );
  return done === undefined ? work() : done();
}

const NO_SPAN: Span = {
  note() {},
  recordError() {},
  traceContext: () => undefined,
  activate: (work) => work(),
  [Symbol.dispose]() {},
};
