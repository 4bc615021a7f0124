import * as otel from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanProcessor } from "@opentelemetry/sdk-trace";

/** A span as it was recorded: what it began with and what came to it later. */
interface RecordedSpan {
  readonly name: string;
  readonly options: otel.SpanOptions;
  readonly later: otel.Attributes;
}

/** Keeps spans in the order in which they began, so that they can be made again without what made them. */
export class SpanRecorder implements SpanProcessor {
  readonly #begun = new Map<ReadableSpan, otel.Attributes>();

  onStart(span: Span): void {
    this.#begun.set(span, { ...span.attributes });
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  /** What was recorded since it was last taken. */
  take(): readonly RecordedSpan[] {
    const recorded = [...this.#begun].map(([{ name, kind, attributes: all }, attributes]) => {
      const later = Object.entries(all).filter(([key]) => !Object.hasOwn(attributes, key));
      return { name, options: { kind, attributes }, later: Object.fromEntries(later) };
    });
    this.#begun.clear();
    return recorded;
  }
}

/** Makes the recorded spans of a run again, with nothing but the API: run, and turn, model call and tool call in turn. */
export class BareSpans {
  readonly #tracer: otel.Tracer;
  readonly #recorded: Iterator<RecordedSpan>;
  readonly #run: OpenSpan;
  #turn: OpenSpan | undefined;
  #call: OpenSpan | undefined;

  constructor(tracer: otel.Tracer, recorded: readonly RecordedSpan[]) {
    this.#tracer = tracer;
    this.#recorded = recorded[Symbol.iterator]();
    this.#run = this.#open(otel.context.active());
  }

  /** A model is called: a turn begins, and the one before has ended. */
  callModel(): void {
    this.#endTurn();
    this.#turn = this.#open(this.#run.context());
    this.#call = this.#open(this.#turn.context());
  }

  /** A tool is called: the model has answered. */
  callTool(): void {
    this.#call?.end();
    this.#call = this.#turn === undefined ? undefined : this.#open(this.#turn.context());
  }

  end(): void {
    this.#endTurn();
    this.#run.end();
  }

  #endTurn(): void {
    this.#call?.end();
    this.#turn?.end();
  }

  #open(outer: otel.Context): OpenSpan {
    const { value, done } = this.#recorded.next();
    if (done === true) throw new Error("The run has more spans than were recorded");
    return new OpenSpan(this.#tracer.startSpan(value.name, value.options, outer), value, outer);
  }
}

class OpenSpan {
  readonly #span: otel.Span;
  readonly #recorded: RecordedSpan;
  readonly #outer: otel.Context;

  constructor(span: otel.Span, recorded: RecordedSpan, outer: otel.Context) {
    this.#span = span;
    this.#recorded = recorded;
    this.#outer = outer;
  }

  context(): otel.Context {
    return otel.trace.setSpan(this.#outer, this.#span);
  }

  end(): void {
    this.#span.setAttributes(this.#recorded.later);
    this.#span.end();
  }
}
