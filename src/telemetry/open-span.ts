import * as otel from "@opentelemetry/api";

import type { Clock, Span, SpanFacts, SpanStarts, SpanType } from "../spec/index.ts";
import { errorMessage, errorType } from "./error-type.ts";
import type { OpenSpan, SpanBeginning, SpanRecipe, Surroundings } from "./span-recipe.ts";
import { toHeaders } from "./trace-headers.ts";

/** What a span is opened with. */
export interface OpenSpanOptions<Type extends SpanType> {
  readonly recipe: SpanRecipe<Type>;
  readonly start: SpanStarts[Type];
  readonly surroundings: Surroundings;
  readonly tracer: otel.Tracer;
  /** The span goes below what is active in it. */
  readonly context: otel.Context;
  readonly clock: Clock;
}

/** A span of the port, and the context in which its children stand. */
export interface OpenedSpan<Type extends SpanType> {
  readonly span: Span<Type>;
  readonly contextOf: () => otel.Context;
}

/** Opens a span and writes it as its recipe says. */
export function openSpan<Type extends SpanType>(options: OpenSpanOptions<Type>): OpenedSpan<Type> {
  const { recipe, start, surroundings, tracer, context, clock } = options;
  const { names, scope } = surroundings;
  const kind = recipe.kind === "client" ? otel.SpanKind.CLIENT : otel.SpanKind.INTERNAL;
  let startedAt = clock.monotonic();
  const begin = ({ name, attributes }: SpanBeginning, startTime?: number): otel.Span => {
    const session =
      scope === undefined ? {} : { [names.conversation]: scope.sessionId, [names.session]: scope.sessionId };
    const started = startTime === undefined ? {} : { startTime };
    return tracer.startSpan(name, { kind, attributes: { ...session, ...attributes }, ...started }, context);
  };
  let current = begin(recipe.begin(start, surroundings));
  let isEnded = false;
  const open: OpenSpan<Type> = {
    ...surroundings,
    start,
    facts: undefined,
    attempt: undefined,
    errorType: undefined,
    elapsed: () => Math.max(0, clock.monotonic() - startedAt),
    set: (attributes) => void current.setAttributes(attributes),
    rename: (name) => void current.updateName(name),
    fail(type, error) {
      open.errorType = type;
      const message = error === undefined ? undefined : errorMessage(error, scope?.redact);
      current.setAttribute(names.errorType, type);
      current.setStatus({ code: otel.SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
    },
    restart(beginning, delayMs) {
      current.end();
      open.errorType = undefined;
      startedAt = clock.monotonic() + delayMs;
      current = begin(beginning, delayMs > 0 ? Date.now() + delayMs : undefined);
    },
    emit(eventName, attributes) {
      // Hosts on version 1.9 of the API have no logs in it.
      const logger = (otel as Partial<typeof otel>).logs?.getLogger("harness-agent");
      logger?.emit({ eventName, attributes, context: otel.trace.setSpan(context, current) });
    },
  };
  const contextOf = (): otel.Context => otel.trace.setSpan(context, current);
  const span: Span<Type> = {
    note(facts: SpanFacts[Type]) {
      if (isEnded) return;
      open.facts = facts;
      recipe.note(facts, open);
    },
    recordError: (error) => void (isEnded || open.fail(errorType(error), error)),
    traceContext: () => toHeaders(current),
    activate: (work) => otel.context.with(contextOf(), work),
    [Symbol.dispose]() {
      if (isEnded) return;
      isEnded = true;
      recipe.end(open);
      current.end();
    },
  };
  return { span, contextOf };
}
