import type { Clock, TraceContext } from "../spec/index.ts";
import type { Conventions } from "./semantic-names.ts";

/** Which content may leave the process in spans or events; all of it through the redactor of its run, cut at 60 KB. */
export interface ContentGates {
  /** System prompt and what people say. @default false */
  readonly prompts?: boolean;
  /** What the model says. @default false */
  readonly responses?: boolean;
  /** Arguments of tool calls. @default false */
  readonly toolArgs?: boolean;
  /** Results of tool calls. @default false */
  readonly toolResults?: boolean;
}

/** Options of `createTelemetry`. */
export interface TelemetryOptions {
  /** @default "next" when `OTEL_SEMCONV_STABILITY_OPT_IN` lists "gen_ai_latest_experimental", else "1.41" */
  readonly conventions?: Conventions;
  /** @default nothing, or what `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says */
  readonly content?: ContentGates | boolean;
  /** Where content goes. @default "spans", which is what most backends read */
  readonly contentTo?: "spans" | "events" | "both";
  /**
   * Labels `harness_cost` and `harness_context_utilization` with the session, one series for each.
   * @default false, or what `OTEL_METRICS_INCLUDE_SESSION_ID` says
   */
  readonly sessionLabel?: boolean;
  /** The trace that runs belong to. @default whatever is active in the host program */
  readonly parent?: TraceContext;
  /** @default the global one, as the host set it up */
  readonly tracerProvider?: { getTracer(name: string): unknown };
  /** @default the global one, as the host set it up */
  readonly meterProvider?: { getMeter(name: string): unknown };
  /** Measures durations and how long a session ended ago. */
  readonly clock?: Clock;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A tracer of `@opentelemetry/api`, known by its two methods, so that nobody needs that package for its types. */
export interface OpenTelemetryTracer {
  startSpan(name: string): unknown;
  startActiveSpan(name: string, work: (span: never) => unknown): unknown;
}

/** Options, filled in. */
export interface TelemetrySettings {
  readonly conventions: Conventions;
  readonly content: Required<ContentGates>;
  readonly contentTo: "spans" | "events" | "both";
  readonly sessionLabel: boolean;
  /** Whether traces go on in what runs call; `OTEL_PROPAGATORS=none` forbids it. */
  readonly isPropagating: boolean;
}

const CLOSED = { prompts: false, responses: false, toolArgs: false, toolResults: false };
const OPEN = { prompts: true, responses: true, toolArgs: true, toolResults: true };

/** Fills options in from the environment. Throws a `TypeError` for what is not known: a slip must not open a gate. */
export function readSettings({ env = process.env, ...options }: TelemetryOptions): TelemetrySettings {
  const optIn = (env["OTEL_SEMCONV_STABILITY_OPT_IN"] ?? "").split(",").map((word) => word.trim());
  const captured = readCapture(env["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"]);
  const { content = captured !== undefined, contentTo = captured ?? "spans" } = options;
  const { conventions = optIn.includes("gen_ai_latest_experimental") ? "next" : "1.41" } = options;
  checkWord("conventions", conventions, ["1.41", "next"]);
  checkWord("contentTo", contentTo, ["spans", "events", "both"]);
  for (const gate of typeof content === "object" ? Object.keys(content) : []) {
    checkWord("the keys of content", gate, Object.keys(CLOSED));
  }
  return {
    conventions,
    content: typeof content === "object" ? { ...CLOSED, ...content } : content ? OPEN : CLOSED,
    contentTo,
    sessionLabel: options.sessionLabel ?? env["OTEL_METRICS_INCLUDE_SESSION_ID"]?.toLowerCase() === "true",
    isPropagating: env["OTEL_PROPAGATORS"]?.trim().toLowerCase() !== "none",
  };
}

function checkWord(name: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return;
  throw new TypeError(`telemetry: ${name} must be of ${words.join(", ")}, not "${value}"`);
}

/** The contract of OpenTelemetry's instrumentations of other languages, with the older "true". */
function readCapture(written = ""): TelemetrySettings["contentTo"] | undefined {
  switch (written.trim().toUpperCase()) {
    case "":
    case "FALSE":
    case "NO_CONTENT":
      return undefined;
    case "TRUE":
    case "SPAN_ONLY":
      return "spans";
    case "EVENT_ONLY":
      return "events";
    case "SPAN_AND_EVENT":
      return "both";
    default:
      throw new TypeError(
        `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT must be NO_CONTENT, SPAN_ONLY, EVENT_ONLY or ` +
          `SPAN_AND_EVENT, not "${written}"`,
      );
  }
}
