import * as otel from "@opentelemetry/api";

import type { Clock, Span, SpanFacts, SpanStarts, SpanType, TraceContext } from "../spec/index.ts";
import { errorMessage, errorType } from "./error-type.ts";
import type { Attempt, OpenSpan, SpanBeginning, SpanRecipe, Surroundings } from "./span-recipe.ts";
import { toHeaders } from "./trace-headers.ts";

/** What a span is opened with. */
export interface RecordedSpanOptions<Type extends SpanType> {
  readonly recipe: SpanRecipe<Type>;
  readonly start: SpanStarts[Type];
  readonly surroundings: Surroundings;
  readonly tracer: otel.Tracer;
  /** The span goes below what is active in it. */
  readonly context: otel.Context;
  readonly clock: Clock;
}

/**
 * A span that OpenTelemetry records, written as its recipe says. A class, since there is one for every step of every run:
 * what it can do stands once on its prototype and not in closures of each.
 */
export class RecordedSpan<Type extends SpanType> implements Span<Type>, OpenSpan<Type> {
  readonly start: SpanStarts[Type];
  readonly surroundings: Surroundings;
  facts: SpanFacts[Type] | undefined = undefined;
  attempt: Attempt | undefined = undefined;
  errorType: string | undefined = undefined;
  readonly #recipe: SpanRecipe<Type>;
  readonly #tracer: otel.Tracer;
  readonly #outer: otel.Context;
  readonly #clock: Clock;
  #startedAt: number;
  #current: otel.Span;
  #context: otel.Context | undefined = undefined;
  #isEnded = false;

  constructor({ recipe, start, surroundings, tracer, context, clock }: RecordedSpanOptions<Type>) {
    this.start = start;
    this.surroundings = surroundings;
    this.#recipe = recipe;
    this.#tracer = tracer;
    this.#outer = context;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#current = this.#begin(recipe.begin(start, surroundings));
  }

  /** Where the spans below stand. */
  get context(): otel.Context {
    return (this.#context ??= otel.trace.setSpan(this.#outer, this.#current));
  }

  note(facts: SpanFacts[Type]): void {
    if (this.#isEnded) return;
    this.facts = facts;
    this.#recipe.note(facts, this);
  }

  recordError(error: unknown): void {
    if (!this.#isEnded) this.fail(errorType(error), error);
  }

  traceContext(): TraceContext | undefined {
    return this.surroundings.settings.isPropagating ? toHeaders(this.context) : undefined;
  }

  activate<Value>(work: () => Value): Value {
    return otel.context.with(this.context, work);
  }

  [Symbol.dispose](): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#recipe.end(this);
    this.#current.end();
  }

  elapsed(): number {
    return Math.max(0, this.#clock.monotonic() - this.#startedAt);
  }

  set(attributes: otel.Attributes): void {
    this.#current.setAttributes(attributes);
  }

  rename(name: string): void {
    this.#current.updateName(name);
  }

  fail(type: string, error?: unknown): void {
    this.errorType = type;
    const { names, scope } = this.surroundings;
    const message = error === undefined ? undefined : errorMessage(error, scope?.redact);
    this.#current.setAttribute(names.errorType, type);
    this.#current.setStatus({ code: otel.SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
  }

  restart(beginning: SpanBeginning, delayMs: number): void {
    this.#current.end();
    this.errorType = undefined;
    this.#context = undefined;
    this.#startedAt = this.#clock.monotonic() + delayMs;
    this.#current = this.#begin(beginning, delayMs > 0 ? Date.now() + delayMs : undefined);
  }

  emit(eventName: string, attributes: otel.Attributes): void {
    // Hosts on version 1.9 of the API have no logs in it.
    const logger = (otel as Partial<typeof otel>).logs?.getLogger("harness-agent");
    logger?.emit({ eventName, attributes, context: this.context });
  }

  #begin({ name, attributes }: SpanBeginning, startTime?: number): otel.Span {
    const { names, scope } = this.surroundings;
    if (scope !== undefined) {
      attributes[names.conversation] = scope.sessionId;
      attributes[names.session] = scope.sessionId;
    }
    const kind = this.#recipe.kind === "client" ? otel.SpanKind.CLIENT : otel.SpanKind.INTERNAL;
    const options = startTime === undefined ? { kind, attributes } : { kind, attributes, startTime };
    return this.#tracer.startSpan(name, options, this.#outer);
  }
}
