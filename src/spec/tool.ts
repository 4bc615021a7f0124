import type { StandardSchemaV1 } from "@standard-schema/spec";

import type { ContentPart } from "./content-part.ts";
import type { Files } from "./files.ts";
import type { JsonObject, JsonSchema, JsonValue } from "./json.ts";
import type { Sandbox } from "./sandbox.ts";
import type { ParentSpan } from "./trace-context.ts";

/** What a tool does to the world. Decides what plan mode permits and what may run in parallel. */
export type ToolEffect = "read" | "write" | "execute" | "network" | "agent";

/** What may happen to a call after a crash: `atMostOnce` is never repeated silently. */
export type ToolDurability = "readOnly" | "idempotent" | "atMostOnce";

/**
 * A tool: something the model may ask for and the host executes. Make one with `defineTool`; the pipeline, not the
 * tool, decides, contains, bounds, redacts and records.
 */
export interface Tool<Input = unknown> {
  readonly name: string;
  readonly description: string;
  /** Any Standard Schema (zod, valibot, arktype …). Parses what the model sent. */
  readonly input: StandardSchemaV1<unknown, Input>;
  /** What the model reads of the input. */
  readonly inputSchema: JsonSchema;
  readonly effect: ToolEffect;
  readonly durability: ToolDurability;
  /** The least risk that any call of the tool has. */
  readonly risk?: "low" | "medium" | "high" | "block";
  /** Milliseconds; the run's `timeouts.toolMs` where left out. */
  readonly timeoutMs?: number;
  /** UTF-8 bytes of the result that the model may read; the rest is cut with a note. */
  readonly maxOutputBytes?: number;
  /** The result is what was asked for, in the size that was asked for: it is never moved into a file for its length. */
  readonly isReadWhole?: boolean;
  /** USD that one call may cost at most; held before the call and charged after it. @default 0 */
  readonly maxCost?: number;
  /**
   * What an abort does: `immediate` stops waiting for the tool, `cooperative` leaves it to `ctx.signal`, `never` waits. A
   * tool that is not waited for any more writes nothing through `ctx.files` where edits are kept.
   */
  readonly cancel: "immediate" | "cooperative" | "never";
  /** Not offered to the model until `ToolSearch` found it. */
  readonly isDeferred?: boolean;
  /** Comes from outside (web, MCP): the result is fenced as untrusted and taints the context. */
  readonly isUntrusted?: boolean;
  /** What kinds of data a result holds ("pii", "customer", "finance" …): data that must not get out. */
  readonly dataLabels?: readonly string[];
  /** Whether a call can carry data out. @default for tools of the effects network, execute and agent */
  readonly sendsOut?: boolean;
  /** Names of the arguments that hold paths; checks resolve them, protected files are refused. */
  readonly pathArgs?: readonly string[];
  /** What makes two calls the same for whoever watches for circles, such as the file alone. @default all arguments */
  identify?(args: JsonObject): string | undefined;
  execute(input: Input, context: ToolContext): ToolOutput | Promise<ToolOutput>;
  /**
   * Finds out, after a crash, what became of a call that had begun: asks the service by its idempotency key. Must not
   * change anything. Without it, and when it throws, a call that may happen at most once has an unknown outcome.
   */
  reconcile?(input: Input, context: ReconcileContext): Reconciled | Promise<Reconciled>;
}

/** What became of a call: it happened (with the output that it would have had), it did not, or nobody can tell. */
export type Reconciled =
  | { readonly status: "done"; readonly output: ToolOutput }
  | { readonly status: "not_done" }
  | { readonly status: "unknown" };

/** What a tool may use to find out. */
export interface ReconcileContext {
  readonly signal: AbortSignal;
  readonly sessionId: string;
  readonly toolUseId: string;
  readonly idempotencyKey: string;
  readonly fetch: typeof fetch;
  log(message: string): void;
}

/** What a tool gives back. A string is content; any other JSON value is written as JSON. */
export type ToolOutput = string | ToolOutputObject | JsonValue | undefined;

/** A tool's result with more than text. */
export interface ToolOutputObject {
  readonly content: string | readonly ContentPart[];
  /** The tool failed in a way that the model may react to. */
  readonly isError?: boolean;
  /** For people and user interfaces; the model does not see it. */
  readonly display?: JsonValue;
}

/** What a tool may use while it runs. */
export interface ToolContext {
  /** Aborted when the run ends or the call's time is over. */
  readonly signal: AbortSignal;
  /** Absolute path of the session's working directory. */
  readonly cwd: string;
  readonly sandbox: Sandbox;
  readonly sessionId: string;
  readonly toolUseId: string;
  /** `turn.index` in the session: unlike `toolUseId` never given twice, and the same after a resume. */
  readonly callId?: string;
  /** The same for every retry of this call: pass it on to services that take one. */
  readonly idempotencyKey: string;
  /** Grows with every owner of the session: a service that keeps the highest can refuse a process that was taken for dead. */
  readonly fencingToken?: number;
  /** Shows output to the reader while the tool works (`ToolProgress`), through the same filters as the result. */
  emit(text: string): void;
  /** `fetch` that refuses private addresses and lists of the policy. */
  readonly fetch: typeof fetch;
  /** Files below `cwd` and the declared directories; nothing else can be reached through it. */
  readonly files: Files;
  /**
   * The call in the trace of its run, where that is traced. `fetch` and commands in `sandbox` go on with it by themselves;
   * what else a tool calls is given `span.traceContext()`: `{ ...span?.traceContext() }` as headers or as the `_meta` of a
   * request to an MCP server. Nothing is added where nothing is traced.
   */
  readonly span?: ParentSpan | undefined;
  /** Writes a line to the run's log. Never goes to the model. */
  log(message: string): void;
}
