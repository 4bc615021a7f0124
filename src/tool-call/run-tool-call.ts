import { openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { AuditAnswer, AuditEntry, Decision, ToolCall, ToolCallResult, ToolOutcome } from "../spec/index.ts";
import { approveCall } from "./approve-call.ts";
import { executeCall } from "./execute-call.ts";
import type { Guidance } from "./guidance.ts";
import { hookScopeOf } from "./hook-scope.ts";
import { labelOutput } from "./label-output.ts";
import { journalIntent, journalResult } from "./journal-effect.ts";
import { makeResult } from "./make-result.ts";
import { passChecks } from "./pass-checks.ts";
import { prepareCall } from "./prepare-call.ts";
import { hasBegun, recoverCall, UNKNOWN_OUTCOME } from "./recover-call.ts";
import { reserveBudget } from "./reserve-budget.ts";
import { cancel, deny } from "./steps.ts";
import type { ToolCallEvent } from "./tool-call-event.ts";
import { below, type ToolCallRun } from "./tool-call-run.ts";

/** What a call is allowed to do next, and who said so. */
export interface Attempt {
  readonly outcome: ToolOutcome;
  readonly decision: Decision;
  /** Messages of hooks and approvers for the model. */
  readonly guidance: readonly Guidance[];
}

/**
 * The life of one tool call, for built-in, MCP and sub-agent tools alike. Reports while it works and returns the one
 * result. Throws only when the call cannot be recorded: then the run must stop.
 */
export async function* runToolCall(
  call: ToolCall,
  run: ToolCallRun,
  signal: AbortSignal,
): AsyncGenerator<ToolCallEvent, ToolCallResult> {
  const startedAt = run.clock.monotonic();
  using span = run.tracer?.startSpan("tool-call", { call, tool: run.tools.get(call.name) }, run.span);
  // Written first: a call that starts is on record. A reader that leaves makes its disposal write "abandoned".
  await using entry = await run.audit.openCall(call, run.scope);

  const attempt = yield* attemptCall(call, below(span, run), { signal, entry });
  const { result, findings } = makeResult(call, attempt, run, run.clock.monotonic() - startedAt);

  const suspected = findings.filter((finding) => finding.filter === "injection").map((finding) => finding.kind);
  if (suspected.length > 0) yield { type: "injection-suspected", findings: suspected };
  span?.note({ result });
  await journalResult(result, run);
  await entry.close(result, findings);
  noteResult(result, run);
  await observeResult(result, run, signal);
  return result;
}

function noteResult({ name, outcome, isError, content }: ToolCallResult, { guards, scope }: ToolCallRun): void {
  if (guards === undefined) return;
  const text =
    typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("");
  guards.noteToolCall(scope.agent, { name, outcome, isError, text });
}

/** After-hooks observe: the call is on record and nothing they do changes it. */
async function observeResult(result: ToolCallResult, run: ToolCallRun, signal: AbortSignal): Promise<void> {
  if (!run.hooks.has("afterToolCall")) return;
  try {
    await raceSignal(run.hooks.run("afterToolCall", { ...hookScopeOf(run), result }, { signal }), signal);
  } catch (error) {
    run.log(`An after-hook failed: ${describeError(error)}`);
  }
}

/** The steps, each of which may end the call. */
async function* attemptCall(
  call: ToolCall,
  run: ToolCallRun,
  { signal, entry }: { readonly signal: AbortSignal; readonly entry: AuditEntry },
): AsyncGenerator<ToolCallEvent, Attempt> {
  if (signal.aborted && hasBegun(call, run)) return cancel(UNKNOWN_OUTCOME);
  const prepared = yield* prepareCall(call, run, signal);
  if (prepared.type === "ended") {
    // Whatever is wrong with the call now, it may have happened before.
    const outcome: ToolOutcome = { type: "failed", reason: UNKNOWN_OUTCOME };
    return hasBegun(call, run) ? { ...prepared, outcome } : prepared;
  }

  const recovered = yield* recoverCall(prepared, run, signal);
  if (recovered !== undefined) return recovered;
  const failing = run.guards?.admit(prepared.call.tool.name);
  if (failing !== undefined) return deny({ layer: "guard", reason: failing }, prepared.guidance);

  const watch = { signal, note: (answer: AuditAnswer) => entry.note(answer) };
  const checked = yield* passChecks(prepared, run, watch);
  if (checked.type === "ended") return checked;

  const approved = yield* approveCall(checked, run, watch);
  if (approved.type === "ended") return approved;

  const reserved = yield* reserveBudget(approved, run, signal);
  if (reserved.type === "ended") return reserved;
  using reservation = reserved.reservation;

  // Durable before anything happens: after a crash an effect of unknown outcome is on record.
  await entry.effect(approved.call, approved.decision);
  const revoked = await journalIntent(approved, run);
  if (revoked !== undefined) {
    await reservation.settle({ cost: 0, tokens: 0, toolCalls: 0 });
    return revoked;
  }
  // Writing to the disk takes time: a run that was stopped meanwhile begins nothing.
  if (signal.aborted) {
    await reservation.settle({ cost: 0, tokens: 0, toolCalls: 0 });
    return cancel("The run was stopped before the call began");
  }
  const { timeoutMs = run.limits.toolMs } = approved.call.tool;
  using limit = openSignalScope([approved.call.tool.cancel === "never" ? undefined : signal], { timeoutMs });
  const outcome = yield* executeCall(approved, run, limit);
  await reservation.settle({ cost: approved.call.tool.maxCost ?? 0 });
  const sources = await labelOutput(approved.call, outcome, run);
  if (sources.length > 0) yield { type: "context-labelled", sources };
  return { outcome, decision: approved.decision, guidance: approved.guidance };
}
