import type { ApprovalQuestion } from "./approver.ts";
import type { StopReason } from "./message.ts";
import type { FinishReason, ModelFinish, ModelRequest } from "./model.ts";
import type { PromptVersion } from "./prompt.ts";
import type { ToolCall, ToolCallResult } from "./tool-call.ts";
import type { Tool } from "./tool.ts";
import type { ParentSpan } from "./trace-context.ts";
import type { Usage } from "./usage.ts";

/**
 * The port to traces and metrics. A run tells what happens in its own words; names, units and conventions are the
 * business of whoever implements the port. A run without a tracer has `undefined` in its place: one branch a step, and
 * no facts are built. Nothing that a tracer does may break what it watches: it should not throw, and one of the host that
 * does loses its span.
 */
export interface Tracer {
  /** Opens a span below `parent`; without one, below whatever the host program has active. */
  startSpan<Type extends SpanType>(type: Type, start: SpanStarts[Type], parent?: ParentSpan): Span<Type>;
  /** Takes a value that belongs to no span. */
  measure(measurement: Measurement): void;
}

/** Something that takes time. Disposal ends it, noted or not. */
export interface Span<Type extends SpanType = SpanType> extends ParentSpan, Disposable {
  /** Says how it went. May be called more than once: facts add up. */
  note(facts: SpanFacts[Type]): void;
  /** The work failed, with whatever was thrown. */
  recordError(error: unknown): void;
}

/** What a span can be about. */
export type SpanType = keyof SpanStarts;

/** What is known when a span begins. */
export interface SpanStarts {
  /** One agent at work, from its prompt to its end; a sub-agent's has the call that asked for it as parent. */
  readonly run: RunStart;
  /** One model call and the tool calls it asked for. */
  readonly turn: { readonly turn: number };
  readonly "model-call": ModelCallStart;
  readonly "tool-call": { readonly call: ToolCall; readonly tool: Tool | undefined };
  readonly approval: { readonly question: ApprovalQuestion };
  /** A command in a sandbox. */
  readonly sandbox: { readonly mode: string };
}

/** How a run begins. */
export interface RunStart {
  readonly sessionId: string;
  readonly agent: string;
  readonly provider: string;
  readonly model: string;
  /** Names of the tools that the model sees. */
  readonly tools: readonly string[];
  /** Takes secrets out of any text, for tracers that were told to record content. */
  readonly redact: (text: string) => string;
}

/** How a model call begins. `request` is the request itself: content that a tracer must not record unasked. */
export interface ModelCallStart {
  readonly provider: string;
  readonly model: string;
  readonly request: ModelRequest;
  /** Tokens that the request is likely to have. */
  readonly inputTokens: number;
  readonly contextWindow: number | undefined;
  readonly prompt: PromptVersion | undefined;
}

/** What becomes known while a span is open. */
export interface SpanFacts {
  readonly run: {
    readonly stopReason: StopReason;
    readonly turns: number;
    readonly toolCalls: number;
    readonly usage: Usage;
    /** USD; `undefined` when a price is not known. */
    readonly cost: number | undefined;
  };
  readonly turn: { readonly finishReason: FinishReason; readonly toolCalls: number };
  readonly "model-call": ModelCallFact;
  readonly "tool-call": { readonly result: ToolCallResult };
  readonly approval: { readonly decision: "approve" | "deny" | "pause"; readonly approver?: string };
  readonly sandbox: {
    readonly exitCode: number | undefined;
    readonly timedOut: boolean;
    readonly oomKilled: boolean;
  };
}

/** What happens in a model call. */
export type ModelCallFact =
  /** A router chose, first or after a fallback. */
  | { readonly type: "selected"; readonly provider: string; readonly model: string }
  /** An attempt failed before its first token; another one follows after `delayMs`. */
  | { readonly type: "attempt-failed"; readonly error: string; readonly delayMs: number }
  | { readonly type: "first-chunk" }
  | { readonly type: "finished"; readonly finish: ModelFinish; readonly cost: number | undefined };

/** A value that belongs to no span. */
export type Measurement =
  /** An audit log was verified; `log` tells one from another. */
  | { readonly type: "audit-chain"; readonly log: string; readonly isValid: boolean }
  /** What a session used before this process knew of it, in USD. */
  | { readonly type: "session-cost"; readonly sessionId: string; readonly cost: number }
  /** A place where commands run was started. */
  | { readonly type: "sandbox-start"; readonly mode: string; readonly durationMs: number }
  /** Something watched a run and found it odd: an anomaly, a stall, a warning of the budget. */
  | { readonly type: "finding"; readonly kind: string };
