import { createQueue, raceSignal, startTimer, type Queue, type SignalScope } from "../async/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type { Decision, PreparedCall, Tool, ToolContext, ToolOutcome, ToolOutput } from "../spec/index.ts";
import { idempotencyKeyOf } from "./call-key.ts";
import { openProgress } from "./filter-progress.ts";
import { readOutput } from "./read-output.ts";
import type { Approved } from "./steps.ts";
import type { ToolCallEvent } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";
import { traceTool } from "./trace-tool.ts";

/**
 * Step 5: runs the tool. What it shows meanwhile goes through the same filters as the result. When the reader leaves,
 * the tool is aborted and waited for, so that nothing it started outlives the call.
 */
export async function* executeCall(
  { call }: Approved,
  run: ToolCallRun,
  scope: SignalScope,
): AsyncGenerator<ToolCallEvent, ToolOutcome> {
  const shown = createQueue<string>({ highWaterMark: Number.POSITIVE_INFINITY });
  const context = traceTool(openContext(call, run, { scope, shown }), call.tool, run);
  const perform = (): Promise<ToolOutput> => performCall(call, run, context);
  const work = (run.span === undefined ? perform() : run.span.activate(perform)).finally(() => shown.end());
  const { graceMs = 10_000 } = run.limits;
  const waited =
    call.tool.cancel === "immediate"
      ? raceSignal(work, scope.signal)
      : waitWithGrace(work, { tool: call.tool, signal: scope.signal, graceMs });
  const outcome = toOutcome(waited, call.tool, scope.signal).finally(() => shown.end());
  const progress = openProgress(call.tool, run);
  let isDone = false;
  try {
    for await (const text of shown) {
      const filtered = progress.push(text);
      if (filtered !== "") yield { type: "progress", text: filtered };
    }
    const rest = progress.end();
    if (rest !== "") yield { type: "progress", text: rest };
    isDone = true;
    return await outcome;
  } finally {
    if (!isDone) {
      scope.abort(new DOMException("The reader left", "AbortError"));
      await outcome;
    }
  }
}

/** What the call may overwrite is kept first; when it cannot be kept, the tool does not begin. */
async function performCall(call: PreparedCall, run: ToolCallRun, context: ToolContext): Promise<ToolOutput> {
  const { tool, input } = call;
  if (run.edits === undefined || tool.effect !== "write") return await tool.execute(input, context);
  await using kept = await run.edits.open(call, run.scope);
  return await tool.execute(input, { ...context, files: kept.files });
}

/** A tool that ends by itself gets the time for it; one that does not listen must not hold the run for ever. */
async function waitWithGrace(
  work: Promise<ToolOutput>,
  { tool, signal, graceMs }: { readonly tool: Tool; readonly signal: AbortSignal; readonly graceMs: number },
): Promise<ToolOutput> {
  const patience = new AbortController();
  const reason = `${tool.name} did not stop when it was told to; it may still be at work`;
  const giveUp = (): void => patience.abort(new HarnessError(reason, { code: "tool_failed" }));
  let disarm = (): void => {};
  const arm = (): void => {
    disarm = startTimer(graceMs, giveUp);
  };
  if (signal.aborted) arm();
  else signal.addEventListener("abort", arm, { once: true });
  try {
    return await raceSignal(work, patience.signal);
  } finally {
    signal.removeEventListener("abort", arm);
    disarm();
  }
}

function openContext(
  call: PreparedCall,
  run: ToolCallRun,
  { scope, shown }: { readonly scope: SignalScope; readonly shown: Queue<string> },
): ToolContext {
  const { sessionId } = run.scope;
  return {
    signal: scope.signal,
    cwd: run.cwd,
    sandbox: run.sandbox,
    sessionId,
    toolUseId: call.id,
    ...(call.callId === undefined ? {} : { callId: call.callId }),
    idempotencyKey: idempotencyKeyOf(call, run),
    ...(run.journal === undefined ? {} : { fencingToken: run.journal.epoch }),
    emit: (text) => shown.push(text),
    fetch: run.fetch,
    files: run.files,
    log: (message) => run.log(message),
  };
}

async function toOutcome(work: Promise<ToolOutput>, tool: Tool, signal: AbortSignal): Promise<ToolOutcome> {
  try {
    const outcome = readOutput(await work);
    // A tool that noticed the abort gives what it has: that is a call cut short, not one that failed by itself.
    if (outcome.type !== "failed" || !signal.aborted || isTimeout(signal.reason)) return outcome;
    return { ...endedEarly(tool, signal.reason), content: outcome.reason };
  } catch (error) {
    // A sub-agent that waits for a person makes its call wait, too.
    if (HarnessError.isInstance(error) && error.code === "paused") return { type: "paused", reason: error.message };
    if (signal.aborted && (error === signal.reason || isAbort(error))) return endedEarly(tool, signal.reason);
    const layer = HarnessError.isInstance(error) ? refusedBy(error) : undefined;
    if (layer === undefined) return { type: "failed", reason: `${tool.name} failed: ${describeError(error)}` };
    const decision: Decision = { effect: "deny", layer, reason: describeError(error) };
    return { type: "denied", decision };
  }
}

function endedEarly(tool: Tool, reason: unknown): ToolOutcome & { readonly type: "failed" | "cancelled" } {
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
