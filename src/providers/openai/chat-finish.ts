import type { FinishReason } from "../../spec/index.ts";

/** Words that mean the model came to its own end. */
const NATURAL: ReadonlySet<string> = new Set(["stop", "eos", "end_turn", "tool_calls", "function_call"]);

/** Words that mean the answer did not come about, though the stream ends in order. */
const FAILURES: ReadonlySet<string> = new Set(["error", "insufficient_system_resource", "abort"]);

/** Whether a finish reason is a failure of the server. */
export function isFailure(rawReason: string): boolean {
  return FAILURES.has(rawReason);
}

/** Whether the answer may lack its end. */
export function isCutOff(rawReason: string): boolean {
  return !NATURAL.has(rawReason);
}

/** The reason in our words. Calls outweigh a natural stop; a cut or filtered answer stays one. */
export function toChatFinishReason(
  rawReason: string,
  answer: { readonly hasCalls: boolean; readonly isRefusal: boolean },
): FinishReason {
  if (rawReason === "length") return "max_tokens";
  if (rawReason === "model_length") return "context_window";
  if (rawReason === "content_filter") return "refusal";
  if (!NATURAL.has(rawReason)) return "other";
  if (answer.hasCalls) return "tool_use";
  return answer.isRefusal ? "refusal" : "end_turn";
}
