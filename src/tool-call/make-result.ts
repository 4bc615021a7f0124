import { describeError } from "../errors/index.ts";
import type {
  ContentPart,
  Decision,
  FilterFinding,
  FilterSource,
  JsonValue,
  ToolCall,
  ToolCallResult,
  ToolOutcome,
} from "../spec/index.ts";
import { limitText } from "./limit-text.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** What a call came to. */
export interface EndedCall {
  readonly outcome: ToolOutcome;
  readonly decision: Decision;
  readonly guidance: readonly string[];
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
  const source = { tool: call.name, isUntrusted: isOutput && tool?.isUntrusted === true };
  const findings: FilterFinding[] = [];
  const maxBytes = tool?.maxOutputBytes ?? run.limits.maxOutputBytes;
  // Cut twice: the first cut may go through a secret, which then no rule knows any more; the second takes that place away.
  const filter = (text: string): string =>
    limitText(filterText(limitText(text, 2 * maxBytes), source, { run, findings }), maxBytes);

  const content = contentOf(outcome);
  const filtered = typeof content === "string" ? filter(content) : content.map((part) => filterPart(part, filter));
  const guidance = ended.guidance.map((text) => `\n\n[hook] ${text}`).join("");
  const shown = "display" in outcome ? outcome.display : undefined;
  const display = shown === undefined ? {} : { display: filterJson(shown, filter) };
  const result: ToolCallResult = Object.freeze({
    call,
    name: call.name,
    content: addText(filtered, guidance),
    isError: outcome.type !== "completed",
    outcome: outcome.type,
    decision: outcome.type === "denied" ? outcome.decision : ended.decision,
    durationMs,
    isolation: run.sandbox.isolation,
    ...display,
  });
  return { result, findings };
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

/** Bytes become base64 here, so that a history is JSON from the first moment on. */
function filterPart(part: ContentPart, filter: (text: string) => string): ContentPart {
  if (part.type === "text") return { type: "text", text: filter(part.text) };
  return part.data instanceof Uint8Array ? { ...part, data: Buffer.from(part.data).toString("base64") } : part;
}

function filterText(
  text: string,
  source: FilterSource,
  { run, findings }: { readonly run: ToolCallRun; readonly findings: FilterFinding[] },
): string {
  let current = text;
  for (const filter of run.filters) {
    try {
      const filtered = filter.apply(current, source);
      current = filtered.text;
      findings.push(...filtered.findings);
    } catch (error) {
      // What could not be filtered must not reach the model: it may hold the secret that broke the filter.
      run.log(`The filter "${filter.name}" failed: ${describeError(error)}`);
      findings.push({ filter: filter.name, kind: "filter_failed", count: 1 });
      return `[The output was withheld: the filter "${filter.name}" failed]`;
    }
  }
  return current;
}

/** People read `display`, and logs keep it: its texts pass the same filters. */
function filterJson(value: JsonValue, filter: (text: string) => string): JsonValue {
  if (typeof value === "string") return filter(value);
  if (typeof value !== "object" || value === null) return value;
  if (isArray(value)) return value.map((item) => filterJson(item, filter));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filterJson(item, filter)]));
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function addText(content: string | readonly ContentPart[], text: string): string | readonly ContentPart[] {
  if (text === "") return content;
  return typeof content === "string" ? content + text : [...content, { type: "text", text }];
}
