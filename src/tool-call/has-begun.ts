import type { ToolCall } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** What a model reads of a call of which nobody knows whether it happened. */
export const UNKNOWN_OUTCOME =
  "The run broke off while this call was at work: it may or may not have happened. Find out before you ask for it again";

/** Whether a call had begun before a crash and has no result. */
export function hasBegun({ callId }: Pick<ToolCall, "callId">, { journal }: ToolCallRun): boolean {
  const record = callId === undefined ? undefined : journal?.recall(callId);
  return record !== undefined && (record.intent !== null || record.isUnknown);
}
