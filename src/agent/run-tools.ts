import type { CallRecord, LabelSource, ToolCall, ToolCallPart, ToolCallResult } from "../spec/index.ts";
import { runToolCall, type CallWatch, type ToolCallEvent } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { recordEvent } from "./record-event.ts";

/** What the tool calls of one turn came to, in the order in which they were asked. */
export interface ToolTurn {
  readonly results: readonly ToolCallResult[];
  readonly isPaused: boolean;
}

/**
 * Runs the tool calls of one turn. Neighbours that only read or ask sub-agents run together; everything else waits its turn. Results
 * are shown in the order asked. When the run stops, the calls left over end as cancelled, so that each call has a
 * result; when a call cannot be recorded, the others are waited for and the error goes up.
 */
export async function runTools(calls: readonly CallRecord[], run: AgentRun, signal: AbortSignal): Promise<ToolTurn> {
  const results: ToolCallResult[] = [];
  for (const group of calls.length === 1 ? [calls] : groupCalls(calls, run)) {
    const [only] = group;
    const done =
      only !== undefined && group.length === 1
        ? [await runShown(only, run, signal)]
        : await runGroup(group, run, signal);
    for (const result of done) results.push(result);
    if (done.some(({ outcome }) => outcome === "paused")) return { results, isPaused: true };
  }
  return { results, isPaused: false };
}

function groupCalls(calls: readonly CallRecord[], run: AgentRun): readonly (readonly CallRecord[])[] {
  const groups: CallRecord[][] = [];
  let mayJoin = false;
  for (const call of calls) {
    const effect = run.tools.get(call.part.name)?.effect;
    const joins = effect === "read" || effect === "agent";
    const last = groups.at(-1);
    if (joins && mayJoin && last !== undefined) last.push(call);
    else groups.push([call]);
    mayJoin = joins;
  }
  return groups;
}

async function runShown(call: CallRecord, run: AgentRun, signal: AbortSignal): Promise<ToolCallResult> {
  emitToolUse(call.part, run);
  const result = await runOne(call, run, signal);
  emitToolResult(result, run);
  return result;
}

async function runGroup(
  group: readonly CallRecord[],
  run: AgentRun,
  signal: AbortSignal,
): Promise<readonly ToolCallResult[]> {
  const results: (ToolCallResult | undefined)[] = group.map(() => undefined);
  for (const { part } of group) emitToolUse(part, run);
  let next = 0;
  let shown = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < group.length; index = next++) {
      const call = group[index];
      if (call === undefined) return;
      results[index] = await runOne(call, run, signal);
      for (let ready = results[shown]; ready !== undefined; ready = results[shown]) {
        emitToolResult(ready, run);
        shown += 1;
      }
    }
  };
  const workers = Array.from({ length: Math.min(run.maxParallelCalls, group.length) }, work);
  const settled = await Promise.allSettled(workers);
  const failed = settled.find((worker) => worker.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results.filter((result) => result !== undefined);
}

function runOne({ callId, part }: CallRecord, run: AgentRun, signal: AbortSignal): Promise<ToolCallResult> {
  const { id, name, args, invalidArgs } = part;
  const call: ToolCall = { id, callId, name, args, ...(invalidArgs === undefined ? {} : { invalidArgs }) };
  const watch: CallWatch = {
    signal,
    tell(event) {
      recordEvent(event, call, run);
      emitEvent(event, id, run);
    },
  };
  return runToolCall(call, run, watch);
}

function emitToolUse({ id, name, args }: ToolCallPart, { emitter }: AgentRun): void {
  const isObject = typeof args === "object" && args !== null && !Array.isArray(args);
  // `isObject` rules arrays and scalars out; readonly arrays escape the narrowing.
  emitter.emit({ type: "tool_use", id, name, args: isObject ? (args as Record<string, never>) : {} });
}

function emitToolResult(result: ToolCallResult, { emitter }: AgentRun): void {
  const { call, name, content, isError, outcome, decision, durationMs, isolation, display } = result;
  const fields = { toolUseId: call.id, name, content, isError, outcome, decision, durationMs, isolation };
  const shown = { type: "tool_result", ...fields } as const;
  emitter.emit(display === undefined ? shown : { ...shown, display });
}

/** An address or a command may hold a secret. */
function redactOrigin(source: LabelSource, redact: AgentRun["redact"]): LabelSource {
  return source.origin === undefined ? source : { ...source, origin: redact(source.origin) };
}

/** Shows what a tool call reports. */
export function emitEvent(event: ToolCallEvent, toolUseId: string, { emitter, redact, tracer }: AgentRun): void {
  switch (event.type) {
    case "progress":
      return emitter.emit({ type: "tool_progress", toolUseId, text: event.text });
    case "approval-request": {
      const { id, name, args, argsDigest, risk, expiresAt } = event.question;
      const reason = redact(event.question.reason);
      const asked = { id, toolUseId, name, args, argsDigest, reason, risk, expiresAt };
      return emitter.emit({ type: "approval_request", ...asked });
    }
    case "budget-extended": {
      const data = { reason: redact(event.reason), snapshot: event.snapshot };
      return emitter.emit({ type: "system", subtype: "budget_extended", data });
    }
    case "approval-remembered": {
      const { scope, rule, file } = event.grant;
      const data = { toolUseId, scope, rule, ...(file === undefined ? {} : { file }) };
      return emitter.emit({ type: "system", subtype: "approval_remembered", data });
    }
    case "context-labelled": {
      const data = { toolUseId, sources: event.sources.map((source) => redactOrigin(source, redact)) };
      return emitter.emit({ type: "system", subtype: "context_labelled", data });
    }
    case "policy-simulated": {
      const { effect, reason, rule } = event;
      const data = { toolUseId, effect, reason, ...(rule === undefined ? {} : { rule }) };
      return emitter.emit({ type: "system", subtype: "policy_simulated", data });
    }
    case "injection-suspected": {
      tracer?.measure({ type: "finding", kind: "injection" });
      const data = { toolUseId, findings: event.findings };
      return emitter.emit({ type: "system", subtype: "injection_suspected", data });
    }
    case "hook": {
      const data = { event: event.event, reason: redact(event.reason) };
      return emitter.emit({ type: "system", subtype: "hook", data });
    }
    default:
      return event satisfies never;
  }
}
