import { digestJson } from "../digest/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { Journal, SessionEventBody, ToolCallResult } from "../spec/index.ts";
import { idempotencyKeyOf } from "./call-key.ts";
import { recallApproval, revokeOpen } from "./recall-approval.ts";
import { deny, type Approved, type Ended } from "./steps.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * Keeps the intent of a call before its effect: on the disk where the effect must not happen twice. Reading needs none.
 * Returns the end of a call whose approval was taken back at the last moment. Throws when the intent cannot be kept or the
 * session belongs to somebody else: then nothing may happen.
 */
export function journalIntent(approved: Approved, run: ToolCallRun): Promise<Ended | undefined> | undefined {
  const { journal } = run;
  const { tool, callId } = approved.call;
  if (journal === undefined || callId === undefined) return undefined;
  faultpoint("before-intent");
  if (tool.durability !== "readOnly") return keepIntent(approved, run, { journal, callId });
  faultpoint("after-intent");
  journal.assertHeld();
  return undefined;
}

async function keepIntent(
  { call, decision, guidance }: Approved,
  run: ToolCallRun,
  { journal, callId }: { readonly journal: Journal; readonly callId: string },
): Promise<Ended | undefined> {
  const { name, durability } = call.tool;
  const argsDigest = digestJson({ name, args: call.args });
  const intent = { callId, toolUseId: call.id, name, argsDigest, idempotencyKey: idempotencyKeyOf(call, run) };
  const body: SessionEventBody = { type: "tool-intent", data: { ...intent, durability, decision } };
  const revokedBy = (): string | null => recallApproval(call, run)?.revokedBy ?? null;
  const unless = (): boolean => decision.layer === "approval" && revokedBy() !== null;
  if (!(await journal.record(body, { durable: durability === "atMostOnce", unless }))) {
    return deny({ layer: "approval", reason: `The approval was taken back by ${revokedBy()}` }, guidance);
  }
  faultpoint("after-intent");
  journal.assertHeld();
  return undefined;
}

/** Keeps the one result of a call, and with it, never after it, what its output brought into the context. */
export function journalResult(
  { call, name, content, isError, outcome, decision, durationMs, isolation, display }: ToolCallResult,
  run: ToolCallRun,
): Promise<void> | undefined {
  const { journal } = run;
  const { callId } = call;
  if (journal === undefined || callId === undefined || outcome === "paused") return undefined;
  faultpoint("before-result");
  const sources = run.takeNewLabels?.() ?? [];
  const labelled: SessionEventBody[] = sources.length === 0 ? [] : [{ type: "context-labelled", data: { sources } }];
  // The list passed the filters; whoever looks from another process sees how far the work is.
  const progress: SessionEventBody[] =
    name === "TodoWrite" && outcome === "completed" && Array.isArray(display)
      ? [{ type: "todos-set", data: { todos: display } }]
      : [];
  const result = { type: "tool-result" as const, toolCallId: call.id, name, content, isError };
  const data = { callId, result, outcome, decision, durationMs, isolation };
  const events: SessionEventBody[] = [
    ...revokeOpen(call, run),
    ...labelled,
    ...progress,
    { type: "tool-result", data },
  ];
  const recording = journal.record(events, { durable: true });
  if (recording instanceof Promise) return recording.then(() => faultpoint("after-result"));
  faultpoint("after-result");
  return undefined;
}
