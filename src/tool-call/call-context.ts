import type { Files, ParentSpan, PreparedCall, Sandbox, ToolContext } from "../spec/index.ts";
import { idempotencyKeyOf } from "./call-key.ts";
import type { ToolCallRun } from "./tool-call-run.ts";
import { traceTool } from "./trace-tool.ts";

/** What a context is made of besides the call and its run. */
export interface CallContextParts {
  /** Its signal is made when somebody asks for it. */
  readonly scope: { readonly signal: AbortSignal };
  readonly emit: (text: string) => void;
}

/**
 * What a tool may use while it carries out a call. Signal and key are made when the tool asks for them; they are
 * properties of their own, so that whoever copies the context has them, too. The two accessors are shared by all calls:
 * V8 puts one that is made for a single object among what is old, and with it all that the call holds, up to the run,
 * would outlive every small collection of garbage.
 */
export class CallContext implements ToolContext {
  static readonly #SIGNAL: PropertyDescriptor & ThisType<CallContext> = {
    enumerable: true,
    get() {
      return this.#scope.signal;
    },
  };
  static readonly #KEY: PropertyDescriptor & ThisType<CallContext> = {
    enumerable: true,
    get() {
      return idempotencyKeyOf(this.#call, this.#run);
    },
  };

  declare readonly signal: AbortSignal;
  declare readonly idempotencyKey: string;
  declare readonly span?: ParentSpan | undefined;
  declare readonly callId?: string;
  declare readonly fencingToken?: number;
  readonly cwd: string;
  readonly sandbox: Sandbox;
  readonly fetch: typeof fetch;
  readonly files: Files;
  readonly sessionId: string;
  readonly toolUseId: string;
  readonly emit: (text: string) => void;
  readonly log: (message: string) => void;
  readonly #call: PreparedCall;
  readonly #run: ToolCallRun;
  readonly #scope: CallContextParts["scope"];

  constructor(call: PreparedCall, run: ToolCallRun, { scope, emit }: CallContextParts) {
    const { span, sandbox, fetch } = traceTool(call.tool, run);
    this.#call = call;
    this.#run = run;
    this.#scope = scope;
    this.cwd = run.cwd;
    this.sandbox = sandbox;
    this.fetch = fetch;
    this.files = run.files;
    this.sessionId = run.scope.sessionId;
    this.toolUseId = call.id;
    this.emit = emit;
    this.log = (message) => run.log(message);
    if (span !== undefined) this.span = span;
    if (call.callId !== undefined) this.callId = call.callId;
    if (run.journal !== undefined) this.fencingToken = run.journal.epoch;
    Object.defineProperty(this, "signal", CallContext.#SIGNAL);
    Object.defineProperty(this, "idempotencyKey", CallContext.#KEY);
  }
}
