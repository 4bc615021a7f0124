import { createQueue, raceSignal, type Queue, type SignalScope } from "../async/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type {
  ContentPart,
  Decision,
  Tool,
  ToolContext,
  ToolOutcome,
  ToolOutput,
  ToolOutputObject,
} from "../spec/index.ts";
import { openProgress } from "./filter-progress.ts";
import { freezeJson } from "./freeze-json.ts";
import type { Approved } from "./steps.ts";
import type { ToolCallEvent } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

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
  const work = performCall(call.tool, call.input, openContext(call.id, run, { scope, shown })).finally(() =>
    shown.end(),
  );
  const waited = call.tool.cancel === "immediate" ? raceSignal(work, scope.signal) : work;
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

async function performCall(tool: Tool, input: unknown, context: ToolContext): Promise<ToolOutput> {
  return await tool.execute(input, context);
}

function openContext(
  toolUseId: string,
  run: ToolCallRun,
  { scope, shown }: { readonly scope: SignalScope; readonly shown: Queue<string> },
): ToolContext {
  const { sessionId } = run.scope;
  return {
    signal: scope.signal,
    cwd: run.cwd,
    sandbox: run.sandbox,
    sessionId,
    toolUseId,
    idempotencyKey: `${sessionId}:${toolUseId}`,
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

function readOutput(output: ToolOutput): ToolOutcome {
  if (output === undefined) return { type: "completed", content: "" };
  if (typeof output === "string") return { type: "completed", content: output };
  if (!isOutputObject(output)) return { type: "completed", content: JSON.stringify(output) };
  const display = output.display === undefined ? {} : { display: freezeJson(output.display) };
  if (output.isError !== true) return { type: "completed", content: output.content, ...display };
  const content = typeof output.content === "string" ? output.content : textOf(output.content);
  return { type: "failed", reason: content, content, ...display };
}

function isOutputObject(output: Exclude<ToolOutput, undefined | string>): output is ToolOutputObject {
  if (typeof output !== "object" || output === null || !("content" in output)) return false;
  const { content } = output;
  if (typeof content === "string") return true;
  return Array.isArray(content) && content.every((part: unknown) => isContentPart(part));
}

function isContentPart(part: unknown): part is ContentPart {
  if (typeof part !== "object" || part === null || !("type" in part)) return false;
  return part.type === "text" || part.type === "image" || part.type === "file";
}

function textOf(parts: readonly ContentPart[]): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}
