import type * as otel from "@opentelemetry/api";

import type { RunStart, SpanFacts, SpanStarts, SpanType } from "../spec/index.ts";
import type { Metrics } from "./metrics.ts";
import type { AttributeNames } from "./semantic-names.ts";
import type { TelemetrySettings } from "./telemetry-options.ts";

/** How a type of span is written: one recipe for each, in `spans/`. */
export interface SpanRecipe<Type extends SpanType> {
  readonly kind: "internal" | "client";
  begin(start: SpanStarts[Type], surroundings: Surroundings): SpanBeginning;
  /** Writes what became known. */
  note(facts: SpanFacts[Type], open: OpenSpan<Type>): void;
  /** Counts the span. Called once, whatever ended it. */
  end(open: OpenSpan<Type>): void;
}

/** What a span begins with: samplers look at it. The attributes belong to the span, which adds to them. */
export interface SpanBeginning {
  readonly name: string;
  readonly attributes: otel.Attributes;
}

/** What recipes write with. */
export interface Surroundings {
  readonly names: AttributeNames;
  readonly metrics: Metrics;
  readonly settings: TelemetrySettings;
  /** The run that the span is part of. */
  readonly scope: RunScope | undefined;
}

/** What all spans of a run share. */
export interface RunScope extends Pick<RunStart, "sessionId" | "agent" | "redact"> {
  /** The session of the outermost agent: what its sub-agents cost is its cost. */
  readonly rootId: string;
  /** Whether the run is part of another one. */
  readonly isSubAgent: boolean;
  modelCalls: number;
}

/** One of the attempts that a model call is made of. */
export interface Attempt {
  provider: string;
  model: string;
  firstChunkMs: number | undefined;
  count: number;
}

/** A span that is under way. */
export interface OpenSpan<Type extends SpanType> {
  readonly surroundings: Surroundings;
  readonly start: SpanStarts[Type];
  /** What was noted last. */
  facts: SpanFacts[Type] | undefined;
  /** The attempt of a model call that is under way. */
  attempt: Attempt | undefined;
  /** `error.type` of what broke. */
  errorType: string | undefined;
  /** Milliseconds since the span, or its last attempt, began. */
  elapsed(): number;
  set(attributes: otel.Attributes): void;
  rename(name: string): void;
  /** Marks the span as failed; what is told of the error goes through the redactor of the run. */
  fail(errorType: string, error?: unknown): void;
  /** Ends the span as it stands and goes on with a new one beside it, which begins after `delayMs`. */
  restart(beginning: SpanBeginning, delayMs: number): void;
  /** Emits an event of the log signal, where the host has one. */
  emit(name: string, attributes: otel.Attributes): void;
}
