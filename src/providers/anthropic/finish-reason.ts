import type { FinishReason } from "../../spec/index.ts";

/** The API's word for why a model stopped, normalised. A natural end with calls in it asks for tools. */
export function toFinishReason(raw: string | undefined, { hasCalls }: { readonly hasCalls: boolean }): FinishReason {
  switch (raw) {
    case "end_turn":
    case "stop_sequence":
    case "tool_use":
      return hasCalls ? "tool_use" : "end_turn";
    case "max_tokens":
      return "max_tokens";
    case "model_context_window_exceeded":
      return "context_window";
    case "refusal":
      return "refusal";
    case "pause_turn":
    case "compaction":
      return "pause_turn";
    default:
      return "other";
  }
}

/** Whether the model may have been stopped in the middle of a block. */
export function isCutOff(raw: string | undefined): boolean {
  const reason = toFinishReason(raw, { hasCalls: false });
  return reason !== "end_turn" && reason !== "pause_turn";
}
