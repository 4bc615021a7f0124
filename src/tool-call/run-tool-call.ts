import { isPromise, loadOnce } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type {
  AuditEntry,
  BudgetUsage,
  Decision,
  FilterFinding,
  Reservation,
  ToolCall,
  ToolCallResult,
  ToolOutcome,
  Tracer,
} from "../spec/index.ts";
import { executeCall } from "./execute-call.ts";
import type { Guidance } from "./guidance.ts";
import { hasBegun, UNKNOWN_OUTCOME } from "./has-begun.ts";
import { hookScopeOf } from "./hook-scope.ts";
import { observeHooks } from "./observe-hooks.ts";
import { labelOutput } from "./label-output.ts";
import { wasAsked } from "./recall-approval.ts";
import { journalIntent, journalResult } from "./journal-effect.ts";
import { makeResult } from "./make-result.ts";
import { passChecks, type GateWatch } from "./pass-checks.ts";
import { isParked } from "./is-parked.ts";
import { prepareCall } from "./prepare-call.ts";
import { reserveBudget } from "./reserve-budget.ts";
import { approve, cancel, deny, DID_NOT_BEGIN, NOT_BEGUN, type Approved } from "./steps.ts";
import type { CallWatch } from "./tool-call-event.ts";
import { below, type ToolCallRun } from "./tool-call-run.ts";

/** Needed where somebody is asked. */
const loadApproval = loadOnce(() => import("./approve-call.ts"));

/** Needed after a crash only. */
const loadRecovery = loadOnce(() => import("./recover-call.ts"));

/** What a call is allowed to do next, and who said so. */
export interface Attempt {
  readonly outcome: ToolOutcome;
  readonly decision: Decision;
  /** Messages of hooks and approvers for the model. */
  readonly guidance: readonly Guidance[];
}

/**
 * The life of one tool call, for built-in, MCP and sub-agent tools alike. Tells what happens meanwhile and returns the
 * one result. Throws only when the call cannot be recorded, or nobody can take what it tells: then the run must stop.
 */
export function runToolCall(call: ToolCall, run: ToolCallRun, watch: CallWatch): Promise<ToolCallResult> {
  return run.tracer === undefined ? recordCall(call, run, watch) : traceCall(call, run, run.tracer, watch);
}

async function traceCall(call: ToolCall, run: ToolCallRun, tracer: Tracer, watch: CallWatch): Promise<ToolCallResult> {
  using span = tracer.startSpan("tool-call", { call, tool: run.tools.get(call.name) }, run.span);
  const result = await recordCall(call, below(span, run), watch);
  span.note({ result });
  return result;
}

async function recordCall(call: ToolCall, run: ToolCallRun, watch: CallWatch): Promise<ToolCallResult> {
  const startedAt = run.clock.monotonic();
  // Written first: a call that starts is on record.
  const opening = run.audit.openCall(call, run.scope);
  const entry = isPromise(opening) ? await opening : opening;
  let result: ToolCallResult;
  try {
    const attempt = leaveOpen(await attemptCall(call, run, { watch, entry }), call, run, watch.signal);
    const made = makeResult(call, attempt, run, run.clock.monotonic() - startedAt);
    result = made.result;
    tellSuspected(made.findings, watch);
    const kept = journalResult(result, run);
    if (kept !== undefined) await kept;
    const closing = entry.close(result, made.findings);
    if (closing !== undefined) await closing;
  } catch (error) {
    // Writes the outcome "abandoned".
    await entry[Symbol.asyncDispose]();
    throw error;
  }
  noteResult(result, run);
  if (run.hooks.has("afterToolCall")) {
    // The call is on record: nothing they do changes it.
    const payload = { ...hookScopeOf(run), result };
    await observeHooks(run, { event: "afterToolCall", payload, signal: watch.signal });
  }
  return result;
}

function tellSuspected(findings: readonly FilterFinding[], { tell }: CallWatch): void {
  if (findings.length === 0) return;
  const suspected = findings.filter((finding) => finding.filter === "injection").map((finding) => finding.kind);
  if (suspected.length > 0) tell({ type: "injection-suspected", findings: suspected });
}

/** A run that is put aside ends no call: what did not come to its end goes on when the run does. */
function leaveOpen(attempt: Attempt, call: ToolCall, run: ToolCallRun, signal: AbortSignal): Attempt {
  if (!signal.aborted || !isParked(signal.reason)) return attempt;
  const { type } = attempt.outcome;
  // What denied a call that had begun was its own confinement.
  const isOpen = type === "cancelled" || (type === "denied" && !hasBegun(call, run));
  return isOpen ? { ...attempt, outcome: { type: "paused", reason: describeError(signal.reason) } } : attempt;
}

function noteResult({ name, outcome, isError, content }: ToolCallResult, { guards, scope }: ToolCallRun): void {
  if (guards === undefined) return;
  const text =
    typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("");
  guards.noteToolCall(scope.agent, { name, outcome, isError, text });
}

/** The steps, each of which may end the call. */
async function attemptCall(
  call: ToolCall,
  run: ToolCallRun,
  { watch, entry }: { readonly watch: CallWatch; readonly entry: AuditEntry },
): Promise<Attempt> {
  const { signal, tell } = watch;
  if (signal.aborted && hasBegun(call, run)) return cancel(UNKNOWN_OUTCOME);
  const preparing = prepareCall(call, run, watch);
  const prepared = preparing instanceof Promise ? await preparing : preparing;
  if (prepared.type === "ended") {
    if (!hasBegun(call, run)) return prepared;
    if (signal.aborted) return cancel(UNKNOWN_OUTCOME);
    // Whatever is wrong with the call now, it may have happened before.
    return { ...prepared, outcome: { type: "failed", reason: UNKNOWN_OUTCOME } };
  }

  const recovered = hasBegun(call, run) ? await (await loadRecovery()).recoverCall(prepared, run, watch) : undefined;
  if (recovered !== undefined) return recovered;
  const failing = run.guards?.admit(prepared.call.tool.name);
  if (failing !== undefined) return deny({ layer: "guard", reason: failing }, prepared.guidance);

  const gate: GateWatch = { signal, tell, note: (answer) => entry.note(answer) };
  const checking = passChecks(prepared, run, gate);
  const checked = checking instanceof Promise ? await checking : checking;
  if (checked.type === "ended") return checked;

  const isFree = checked.decision.effect === "allow" && !wasAsked(prepared.call, run);
  const approved = isFree ? approve(checked) : await (await loadApproval()).approveCall(checked, run, gate);
  if (approved.type === "ended") return approved;

  const reserving = reserveBudget(approved, run, watch);
  const reserved = reserving instanceof Promise ? await reserving : reserving;
  if (reserved.type === "ended") return reserved;
  try {
    return await carryOut(approved, run, { watch, entry, reservation: reserved.reservation });
  } finally {
    // What was not settled counts as spent.
    reserved.reservation[Symbol.dispose]();
  }
}

interface PaidCall {
  readonly watch: CallWatch;
  readonly entry: AuditEntry;
  readonly reservation: Reservation;
}

/** A call that did not begin. */
const NOTHING: BudgetUsage = { cost: 0, tokens: 0, toolCalls: 0 };

/** What a ledger cannot take counts in full: it does not take away what is known of the effect. */
function settleCall(
  { call: { tool } }: Approved,
  { log }: ToolCallRun,
  { reservation, actual }: { readonly reservation: Reservation; readonly actual: BudgetUsage },
): Promise<void> | undefined {
  const tell = (error: unknown): void => log(`A call of ${tool.name} was charged in full: ${describeError(error)}`);
  try {
    const settling = reservation.settle(actual);
    return isPromise(settling) ? Promise.resolve(settling).catch(tell) : undefined;
  } catch (error) {
    tell(error);
    return undefined;
  }
}

/** The effect of a call that passed the gate and can be paid. */
async function carryOut(
  approved: Approved,
  run: ToolCallRun,
  { watch, entry, reservation }: PaidCall,
): Promise<Attempt> {
  const { signal, tell } = watch;
  const settle = (actual: BudgetUsage): Promise<void> | undefined => settleCall(approved, run, { reservation, actual });
  const leave = async (hasIntent: boolean): Promise<Attempt> => {
    await settle(NOTHING);
    if (hasIntent && isParked(signal.reason)) await (await loadRecovery()).journalNotBegun(approved.call, run);
    return cancel(NOT_BEGUN);
  };
  if (signal.aborted) return await leave(false);
  // Durable before anything happens: after a crash an effect of unknown outcome is on record.
  const written = entry.effect(approved.call, approved.decision);
  if (written !== undefined) await written;
  const kept = journalIntent(approved, run);
  const revoked = kept === undefined ? undefined : await kept;
  if (revoked !== undefined) {
    await settle(NOTHING);
    return revoked;
  }
  // Writing to the disk takes time: a run that was stopped meanwhile begins nothing.
  if (signal.aborted) return await leave(true);
  const executing = executeCall(approved, run, watch);
  const outcome = executing instanceof Promise ? await executing : executing;
  if (outcome === DID_NOT_BEGIN) return await leave(true);
  const settling = settle({ cost: approved.call.tool.maxCost ?? 0 });
  if (settling !== undefined) await settling;
  const labelled = labelOutput(approved.call, outcome, run);
  const sources = labelled instanceof Promise ? await labelled : labelled;
  if (sources.length > 0) tell({ type: "context-labelled", sources });
  return { outcome, decision: approved.decision, guidance: approved.guidance };
}
