import type { FinishReason } from "../../spec/index.ts";

/** The vendor declined or held the answer back. */
const REFUSALS: ReadonlySet<string> = new Set([
  "SAFETY",
  "RECITATION",
  "LANGUAGE",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
  "MODEL_ARMOR",
]);

/** The model wrote something that is no answer: the same request mostly succeeds when repeated. */
const FAILURES: ReadonlySet<string> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "MALFORMED_RESPONSE",
  "UNEXPECTED_TOOL_CALL",
]);

/** Whether the vendor gave the answer up, so that it must not be taken for a whole one. */
export function isFailedReason(reason: string): boolean {
  return FAILURES.has(reason);
}

/** What the vendor's `finishReason` means. */
export function toFinishReason(reason: string, { hasCalls }: { readonly hasCalls: boolean }): FinishReason {
  // Servers that imitate the API have a reason of their own for calls.
  if (reason === "STOP" || (reason === "FUNCTION_CALL" && hasCalls)) return hasCalls ? "tool_use" : "end_turn";
  if (reason === "MAX_TOKENS") return "max_tokens";
  if (reason === "CONTINUATION") return "pause_turn";
  return REFUSALS.has(reason) ? "refusal" : "other";
}
