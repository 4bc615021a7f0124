import { isPromise, openSignalScope, raceSignal, type SignalScope, startTimer } from "../async/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type { Decision, EditKeeper, PreparedCall, Tool, ToolContext, ToolOutcome, ToolOutput } from "../spec/index.ts";
import { CallContext } from "./call-context.ts";
import { CallProgress } from "./call-progress.ts";
import { isParked } from "./is-parked.ts";
import { readOutput } from "./read-output.ts";
import { DID_NOT_BEGIN, type Approved } from "./steps.ts";
import type { CallWatch } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Step 5: runs the tool, within the time it has. What it shows meanwhile goes through the same filters as the result.
 * Who cannot take what it shows ends the call: the tool is aborted and waited for, so that nothing it started outlives it.
 */
export function executeCall(
  { call }: Approved,
  run: ToolCallRun,
  watch: CallWatch,
): ToolOutcome | Promise<ToolOutcome> {
  const scope = new CallScope(call.tool, run, watch.signal);
  const progress = new CallProgress(call.tool, run, { tell: watch.tell, abort: (reason) => scope.abort(reason) });
  const emit = (text: string): void => progress.emit(text);
  const end = (outcome: ToolOutcome): ToolOutcome => {
    try {
      progress.end();
      return outcome;
    } finally {
      progress.close();
      scope.close();
    }
  };
  const context = new CallContext(call, run, { scope, emit });
  const performing = performCall(call, run, { context, scope, parent: watch.signal });
  return performing instanceof Promise ? performing.then(end) : end(performing);
}

/** Milliseconds that a tool has to come to its end when it was told to stop. */
const GRACE_MS = 10_000;

/** Milliseconds that a call has to come to its end when its run is put aside. */
const CLOSE_MS = 5000;

/** The signal of a call with its time limit, made when somebody wants it: a tool that answers at once needs none. */
class CallScope {
  readonly #tool: Tool;
  readonly #limits: ToolCallRun["limits"];
  readonly #parent: AbortSignal;
  #opened: SignalScope | undefined;
  #isClosed = false;

  constructor(tool: Tool, { limits }: ToolCallRun, parent: AbortSignal) {
    this.#tool = tool;
    this.#limits = limits;
    this.#parent = parent;
  }

  get signal(): AbortSignal {
    this.#opened ??= this.#open();
    return this.#opened.signal;
  }

  /** Aborts the tool a moment later: one that shows something first and listens then must hear of it. */
  abort(reason: unknown): void {
    queueMicrotask(() => {
      this.#opened ??= this.#open();
      this.#opened.abort(reason);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#opened?.[Symbol.dispose]();
  }

  #open(): SignalScope {
    // After the end nothing aborts it: nobody waits for the call any more.
    if (this.#isClosed) return openSignalScope([]);
    const { timeoutMs = this.#limits.toolMs, cancel } = this.#tool;
    const parents = cancel === "never" ? [] : [this.#parent];
    return openSignalScope(parents, { timeoutMs, delayOf: (reason) => this.#delayOf(reason) });
  }

  /** A run that is put aside lets a call come to its end; agents are put aside themselves. */
  #delayOf(reason: unknown): number {
    return this.#tool.effect !== "agent" && isParked(reason) ? (this.#limits.closeMs ?? CLOSE_MS) : 0;
  }
}

interface Performance {
  readonly context: ToolContext;
  readonly scope: CallScope;
  /** The signal of the run. */
  readonly parent: AbortSignal;
}

function performCall(
  call: PreparedCall,
  run: ToolCallRun,
  performance: Performance,
): ToolOutcome | Promise<ToolOutcome> {
  const { context, scope } = performance;
  const explain = (error: unknown): ToolOutcome => explainFailure(error, call.tool, scope.signal);
  const perform = (): ToolOutcome | Promise<ToolOutcome> => {
    const { tool } = call;
    const keepsEdits = tool.effect === "write" || tool.effect === "execute";
    if (run.edits !== undefined && keepsEdits) return keepAndPerform(call, run.edits, { run, ...performance });
    const work = tool.execute(call.input, context);
    return isPromise(work) ? waitForCall(Promise.resolve(work), waitingOf(call, run, scope)) : readOutput(work);
  };
  try {
    const performing = run.span === undefined ? perform() : run.span.activate(perform);
    return performing instanceof Promise ? performing.catch(explain) : performing;
  } catch (error) {
    return explain(error);
  }
}

/**
 * What the call may overwrite is kept first; when it cannot be kept, the tool does not begin, nor when the run ends
 * meanwhile. What the call left is on record before it ends, also where a tool that does not listen is left to itself:
 * it writes nothing any more through `files`.
 */
async function keepAndPerform(
  call: PreparedCall,
  edits: EditKeeper,
  { run, context, scope, parent }: Performance & { readonly run: ToolCallRun },
): Promise<ToolOutcome> {
  const { signal } = scope;
  await using kept = await edits.open(call, run.scope);
  // Copying takes time: a run that was stopped meanwhile begins nothing, whatever the tool thinks of being stopped.
  if (parent.aborted) return DID_NOT_BEGIN;
  signal.throwIfAborted();
  const work = Promise.resolve(call.tool.execute(call.input, { ...context, files: kept.files }));
  return await waitForCall(work, waitingOf(call, run, scope));
}

/** An agent ends when its own calls have, each in the time that it has: nothing of it may go on when its run is over. */
function waitingOf(
  { tool }: PreparedCall,
  { limits: { graceMs = GRACE_MS, toolMs } }: ToolCallRun,
  { signal }: CallScope,
): Waiting {
  return { tool, signal, graceMs: tool.effect === "agent" ? graceMs + toolMs : graceMs };
}

interface Waiting {
  readonly tool: Tool;
  readonly signal: AbortSignal;
  readonly graceMs: number;
}

async function waitForCall(work: Promise<ToolOutput>, { tool, signal, graceMs }: Waiting): Promise<ToolOutcome> {
  const waited =
    tool.cancel === "immediate" ? raceSignal(work, signal) : waitWithGrace(work, { tool, signal, graceMs });
  const outcome = readOutput(await waited);
  // A tool that noticed the abort gives what it has: that is a call cut short, not one that failed by itself.
  if (outcome.type !== "failed" || !signal.aborted || isTimeout(signal.reason)) return outcome;
  const early = endedEarly(tool, signal.reason);
  return early.type === "paused" ? early : { ...early, content: outcome.reason };
}

/** A tool that ends by itself gets the time for it; one that does not listen must not hold the run for ever. */
async function waitWithGrace(work: Promise<ToolOutput>, { tool, signal, graceMs }: Waiting): Promise<ToolOutput> {
  const { promise, resolve, reject } = Promise.withResolvers<ToolOutput>();
  work.then(resolve, reject);
  const reason = `${tool.name} did not stop when it was told to; it may still be at work`;
  let disarm = (): void => {};
  const arm = (): void => {
    disarm = startTimer(graceMs, () => reject(new HarnessError(reason, { code: "tool_failed" })));
  };
  if (signal.aborted) arm();
  else signal.addEventListener("abort", arm, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", arm);
    disarm();
  }
}

function explainFailure(error: unknown, tool: Tool, signal: AbortSignal): ToolOutcome {
  if (signal.aborted && isParked(signal.reason)) return endedEarly(tool, signal.reason);
  // A sub-agent that waits for a person makes its call wait, too.
  if (HarnessError.isInstance(error) && error.code === "paused") return { type: "paused", reason: error.message };
  if (signal.aborted && (error === signal.reason || isAbort(error))) return endedEarly(tool, signal.reason);
  const layer = HarnessError.isInstance(error) ? refusedBy(error) : undefined;
  if (layer === undefined) return { type: "failed", reason: `${tool.name} failed: ${describeError(error)}` };
  const decision: Decision = { effect: "deny", layer, reason: describeError(error) };
  return { type: "denied", decision };
}

function endedEarly(tool: Tool, reason: unknown): ToolOutcome & { readonly type: "failed" | "cancelled" | "paused" } {
  // Nobody knows what became of it: whoever goes on with the run finds out.
  if (isParked(reason)) return { type: "paused", reason: `${tool.name} was cut off when the harness was closed` };
  if (isTimeout(reason)) {
    return { type: "failed", reason: `${tool.name} was stopped at its time limit` };
  }
  return { type: "cancelled", reason: `${tool.name} was stopped with the run` };
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

/** Confinement that stopped a tool is a denial by that layer, not a failure of the tool. */
function refusedBy(error: HarnessError): string | undefined {
  switch (error.code) {
    case "path_outside":
    case "path_protected":
      return "files";
    case "network_denied":
      return "network";
    case "command_blocked":
      return "sandbox";
    default:
      return undefined;
  }
}
