import type {
  CallRecord,
  ContentPart,
  Decision,
  FilterFinding,
  Isolation,
  JsonValue,
  ToolCall,
  ToolCallResult,
  ToolOutcome,
  ToolResultData,
} from "../spec/index.ts";
import { filterContent } from "./filter-content.ts";
import { openTextFilter, type TextFilter } from "./filter-text.ts";
import type { Guidance } from "./guidance.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** What a call came to. */
export interface EndedCall {
  readonly outcome: ToolOutcome;
  readonly decision: Decision;
  readonly guidance: readonly Guidance[];
}

/** A result and what the filters found on the way. */
export interface MadeResult {
  readonly result: ToolCallResult;
  readonly findings: readonly FilterFinding[];
}

/**
 * Step 6, and the only place that makes a `ToolCallResult`: whatever a model reads of a call has passed the size
 * limit, the redaction and the fence.
 */
export function makeResult(call: ToolCall, ended: EndedCall, run: ToolCallRun, durationMs: number): MadeResult {
  const tool = run.tools.get(call.name);
  const { outcome } = ended;
  const isOutput = outcome.type === "completed" || outcome.type === "failed" || outcome.type === "cancelled";
  const findings: FilterFinding[] = [];
  const spill = isOutput && tool?.isReadWhole !== true ? run.spill : undefined;
  const limit = tool?.maxOutputBytes ?? run.limits.maxOutputBytes;
  const maxBytes = Math.min(limit, spill?.fromBytes ?? limit);
  const keep = spill && ((text: string) => spill.keep(text, { tool: call.name, toolUseId: call.id }));
  const open = (isUntrusted: boolean, keepText?: typeof keep): TextFilter =>
    openTextFilter({ tool: call.name, isUntrusted }, { run, findings, maxBytes, keep: keepText });
  const isUntrusted = isOutput && tool?.isUntrusted === true;
  const output = open(isUntrusted, keep);
  // What hooks, checks and approvers say is no data from outside, and may hold a secret all the same.
  const words = open(false);

  const guidance = ended.guidance.map(({ from, text }) => `\n\n[${from}] ${words(text)}`).join("");
  const shown = "display" in outcome ? outcome.display : undefined;
  const display = shown === undefined ? {} : { display: filterJson(shown, open(isUntrusted), words) };
  const decision = outcome.type === "denied" ? outcome.decision : ended.decision;
  const result: ToolCallResult = Object.freeze({
    call,
    name: call.name,
    content: addText(filterContent(contentOf(outcome), { output, words, maxBytes }), guidance),
    isError: outcome.type !== "completed",
    outcome: outcome.type,
    decision: { ...decision, reason: words(decision.reason) },
    durationMs,
    isolation: run.sandbox.isolation,
    ...display,
  });
  return { result, findings };
}

/** The result of a call that never began, in words of our own: there is nothing to filter. */
export function skipCall({ callId, part: { id, name } }: CallRecord, isolation: Isolation): ToolResultData {
  const content = "The call was not executed";
  return {
    callId,
    result: { type: "tool-result", toolCallId: id, name, content, isError: true },
    outcome: "cancelled",
    decision: { effect: "deny", layer: "run", reason: content },
    durationMs: 0,
    isolation,
  };
}

function contentOf(outcome: ToolOutcome): string | readonly ContentPart[] {
  switch (outcome.type) {
    case "completed":
      return outcome.content;
    case "failed":
      return outcome.content ?? outcome.reason;
    case "denied":
      return describeDenial(outcome.decision);
    case "paused":
      return outcome.reason;
    case "cancelled":
      return outcome.content === undefined ? outcome.reason : `${outcome.content}\n\n[${outcome.reason}]`;
    default:
      return outcome satisfies never;
  }
}

function describeDenial({ layer, rule, reason }: Decision): string {
  const by = rule === undefined ? layer : `${layer} rule "${rule}"`;
  return `Denied by ${by}: ${reason}. Don't repeat the call; find another way or say what you would need.`;
}

/** People read `display`, and logs keep it: its texts pass the same filters, and its keys those of words of our own. */
function filterJson(value: JsonValue, filter: TextFilter, words: TextFilter): JsonValue {
  if (typeof value === "string") return filter(value);
  if (typeof value !== "object" || value === null) return value;
  if (isArray(value)) return value.map((item) => filterJson(item, filter, words));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [words(key), filterJson(item, filter, words)]));
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function addText(content: string | readonly ContentPart[], text: string): string | readonly ContentPart[] {
  if (text === "") return content;
  return typeof content === "string" ? content + text : [...content, { type: "text", text }];
}
