import { describeError } from "../errors/index.ts";
import type { ParentSpan, Span, SpanFacts, SpanType, TraceContext, Tracer } from "../spec/index.ts";

/**
 * Puts a tracer that is not ours where it cannot end what it watches: whatever it throws is told to `log`, once, and the
 * run goes on without that span.
 */
export function shieldTracer(tracer: Tracer, log: (message: string) => void): Tracer {
  let isTold = false;
  const tell: Shield = (error) => {
    if (!isTold) log(`The tracer failed, and the run goes on without what it missed: ${describeError(error)}`);
    isTold = true;
  };
  return {
    startSpan(type, start, parent) {
      try {
        return new ShieldedSpan(tracer.startSpan(type, start, ShieldedSpan.reveal(parent, tell)), tell);
      } catch (error) {
        tell(error);
        return NO_SPAN;
      }
    },
    measure(measurement) {
      try {
        tracer.measure(measurement);
      } catch (error) {
        tell(error);
      }
    },
  };
}

/** Hears of what a tracer threw; also tells the spans of one tracer from those of another. */
type Shield = (error: unknown) => void;

/**
 * A span that throws nothing of its own. A class, and the span it stands for a member of it: a `WeakMap` from one to the
 * other would keep every span of a run alive through all small collections of garbage.
 */
class ShieldedSpan<Type extends SpanType> implements Span<Type> {
  readonly #span: Span<Type>;
  readonly #tell: Shield;

  constructor(span: Span<Type>, tell: Shield) {
    this.#span = span;
    this.#tell = tell;
  }

  /** A tracer knows its parents by the objects that it gave out. */
  static reveal(parent: ParentSpan | undefined, tell: Shield): ParentSpan | undefined {
    return parent instanceof ShieldedSpan && parent.#tell === tell ? parent.#span : parent;
  }

  note(facts: SpanFacts[Type]): void {
    try {
      this.#span.note(facts);
    } catch (error) {
      this.#tell(error);
    }
  }

  recordError(error: unknown): void {
    try {
      this.#span.recordError(error);
    } catch (broken) {
      this.#tell(broken);
    }
  }

  traceContext(): TraceContext | undefined {
    try {
      return this.#span.traceContext();
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  /** The work is done once, and what it gives or throws is the caller's, whatever the span does around it. */
  activate<Value>(work: () => Value): Value {
    let done: (() => Value) | undefined;
    try {
      this.#span.activate(() => {
        if (done !== undefined) return;
        try {
          const value = work();
          done = () => value;
        } catch (error) {
          done = () => {
            throw error;
          };
        }
      });
    } catch (error) {
      this.#tell(error);
    }
    return done === undefined ? work() : done();
  }

  [Symbol.dispose](): void {
    try {
      this.#span[Symbol.dispose]();
    } catch (error) {
      this.#tell(error);
    }
  }
}

const NO_SPAN: Span = {
  note() {},
  recordError() {},
  traceContext: () => undefined,
  activate: (work) => work(),
  [Symbol.dispose]() {},
};
