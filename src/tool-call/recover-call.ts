import { openSignalScope, raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type {
  ApprovalDecidedData,
  ApprovalQuestion,
  AuditEventData,
  CallRecord,
  Decision,
  Journal,
  Reconciled,
  ToolCall,
  ToolOutcome,
} from "../spec/index.ts";
import { askQuestion } from "./ask-question.ts";
import { idempotencyKeyOf } from "./call-key.ts";
import { hasBegun, UNKNOWN_OUTCOME } from "./has-begun.ts";
import { readOutput } from "./read-output.ts";
import { recordQuestion } from "./record-approval.ts";
import { cancel, type Ended, type Prepared } from "./steps.ts";
import type { CallWatch, Tell } from "./tool-call-event.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** A call that had begun before, in a run with a journal. */
interface Begun {
  readonly prepared: Prepared;
  readonly record: CallRecord;
  readonly journal: Journal;
  readonly run: ToolCallRun;
}

/**
 * A call that had begun before a crash. What may be repeated is; what may happen at most once is not: the tool is asked
 * what became of it, then a person, or the model is told that nobody knows. `undefined`: the call goes on as any other.
 */
export async function recoverCall(
  prepared: Prepared,
  run: ToolCallRun,
  { signal, tell }: CallWatch,
): Promise<Ended | undefined> {
  const { callId, tool } = prepared.call;
  const { journal } = run;
  const record = callId === undefined ? undefined : journal?.recall(callId);
  if (journal === undefined || record === undefined || !hasBegun(prepared.call, run)) return undefined;
  // What the tool said when the call began counts, too: a later version must not loosen it.
  const isRepeatable = tool.durability !== "atMostOnce" && (record.intent?.durability ?? "atMostOnce") !== "atMostOnce";
  const begun = { prepared, record, journal, run };
  if (isRepeatable || record.resolution === "retry") {
    if (isRepeatable) recordUnknown(begun, "repeated");
    return undefined;
  }
  // Of sessions of the first format no beginnings are known: nobody was promised to be asked.
  if (record.intent === null) return tellModel(begun);
  const found = await askTool(prepared, run, signal);
  // Who was not let finish may know all the same.
  if (found.status === "unknown" && signal.aborted) return cancel(UNKNOWN_OUTCOME);
  if (found.status === "unknown") return await settleUnknown(begun, run, tell);
  const resolution = found.status === "done" ? "done" : "retry";
  await settle(begun, resolution, "tool");
  if (found.status === "not_done") return undefined;
  return ended(
    readOutput(found.output),
    begun,
    `${tool.name} found that the call had happened before the run broke off`,
  );
}

/**
 * A call of a run that is put aside has no result yet. One whose tool did not begin after all is said to be so: else
 * whoever goes on would have to ask a person what became of it.
 */
export async function journalNotBegun({ callId }: Pick<ToolCall, "callId">, { journal }: ToolCallRun): Promise<void> {
  const record = callId === undefined ? undefined : journal?.recall(callId);
  if (callId === undefined || record === undefined || record.intent === null) return;
  const data = { callId, resolution: "retry", by: "the run" } as const;
  await journal?.record({ type: "tool-outcome-settled", data }, { durable: true });
}

/** Asks the tool, where it can tell. One that fails or hangs knows nothing. */
async function askTool({ call }: Prepared, run: ToolCallRun, signal: AbortSignal): Promise<Reconciled> {
  const { tool, input } = call;
  if (tool.reconcile === undefined) return { status: "unknown" };
  using limit = openSignalScope([signal], { timeoutMs: tool.timeoutMs ?? run.limits.toolMs });
  const context = {
    signal: limit.signal,
    sessionId: run.scope.sessionId,
    toolUseId: call.id,
    idempotencyKey: idempotencyKeyOf(call, run),
    fetch: run.fetch,
    log: (message: string) => run.log(message),
  };
  try {
    const pending = (async (): Promise<unknown> => await tool.reconcile?.(input, context))();
    const answer = await raceSignal(pending, limit.signal);
    if (isReconciled(answer)) return answer;
    run.log(`${tool.name} answered in an unknown form what became of an earlier call`);
  } catch (error) {
    run.log(`${tool.name} could not tell what became of an earlier call: ${describeError(error)}`);
  }
  return { status: "unknown" };
}

function isReconciled(value: unknown): value is Reconciled {
  if (typeof value !== "object" || value === null || !("status" in value)) return false;
  return value.status === "not_done" || value.status === "unknown" || (value.status === "done" && "output" in value);
}

async function settleUnknown(begun: Begun, run: ToolCallRun, tell: Tell): Promise<Ended | undefined> {
  const { record, journal, prepared } = begun;
  const { callId } = record;
  const { name } = prepared.call.tool;
  if (!record.isUnknown) {
    recordUnknown(begun, "found");
    await journal.record({ type: "tool-outcome-unknown", data: { callId, name } }, { durable: true });
  }
  if (run.unknownOutcome === "tell-model") return tellModel(begun);
  const asked = record.approval?.question.about === "outcome" ? record.approval : null;
  if (asked?.isExpired === true) return tellModel(begun);
  if (asked !== null && asked.revokedBy === null) {
    return asked.decision === null ? pause(begun) : await followPerson(begun, asked.decision);
  }
  const question = askAboutOutcome(begun, run);
  recordQuestion(question, run);
  await journal.record({ type: "approval-requested", data: { callId, question } }, { durable: true });
  tell({ type: "approval-request", question });
  return pause(begun);
}

async function followPerson(
  begun: Begun,
  { resolution = "abort", approver = "a person" }: ApprovalDecidedData,
): Promise<Ended | undefined> {
  await settle(begun, resolution, approver);
  if (resolution === "retry") return undefined;
  if (resolution === "abort") return cancel(`${UNKNOWN_OUTCOME}. ${approver} ended the run`);
  const content = `The run broke off while this call was at work; ${approver} says that it was done`;
  return ended({ type: "completed", content }, begun, content);
}

const SETTLED = { done: "settled", retry: "repeated", abort: "skipped" } as const;

async function settle(begun: Begun, resolution: keyof typeof SETTLED, by: string): Promise<void> {
  const {
    record: { callId },
    journal,
  } = begun;
  recordUnknown(begun, SETTLED[resolution], by);
  await journal.record({ type: "tool-outcome-settled", data: { callId, resolution, by } }, { durable: true });
}

function recordUnknown(
  { prepared: { call }, run }: Begun,
  action: AuditEventData["effect_unknown"]["action"],
  by?: string,
): void {
  run.audit.append({
    type: "effect_unknown",
    ...run.scope,
    toolUseId: call.id,
    tool: call.tool.name,
    data: { action, ...(by === undefined ? {} : { by }) },
  });
}

function askAboutOutcome({ prepared }: Begun, run: ToolCallRun): ApprovalQuestion {
  const { call, guidance } = prepared;
  const reason = "the run broke off while this call was at work, and it may or may not have happened";
  const decision: Decision = { effect: "ask", layer: "journal", reason };
  const checked = { type: "checked" as const, call, decision, isDefault: false, riskReasons: [reason], guidance };
  // Whatever is not known may have been done twice if the answer is wrong.
  const question = askQuestion({ ...checked, risk: "high" }, run);
  const { quorum: _one, ...rest } = question;
  return { ...rest, about: "outcome", scopes: ["once"] };
}

function tellModel(begun: Begun): Ended {
  return ended({ type: "failed", reason: UNKNOWN_OUTCOME }, begun, UNKNOWN_OUTCOME);
}

function pause(begun: Begun): Ended {
  const reason = "Somebody must say what became of this call: done, retry or abort";
  return ended({ type: "paused", reason }, begun, reason);
}

function ended(outcome: ToolOutcome, { record, prepared }: Begun, reason: string): Ended {
  const decision: Decision = record.intent?.decision ?? { effect: "allow", layer: "journal", reason };
  return { type: "ended", outcome, decision, guidance: prepared.guidance };
}
