import type { FinishReason } from "../../spec/index.ts";
import { asObject, asString, truncatedStream } from "../shared/index.ts";

/** A finish reason in the words of the AI SDK and, from v3 on, in the vendor's. */
export interface AiSdkReason {
  readonly unified: string;
  readonly raw: string | undefined;
}

/** Reads the reason of a `finish` part: an object (v3, v4) or its word alone (v2). */
export function readReason(value: unknown): AiSdkReason {
  const reason = asObject(value);
  if (reason === undefined) return { unified: asString(value) ?? "unknown", raw: asString(value) };
  return { unified: asString(reason["unified"]) ?? "other", raw: asString(reason["raw"]) };
}

/**
 * What a reason means. Throws a `ProviderError` where the vendor's own end is missing: providers write `interrupted`,
 * `unknown` (v2) or `other` without the vendor's word (v3) for a stream that just ended.
 */
export function toFinishReason(
  { unified, raw }: AiSdkReason,
  { provider, hasCalls }: { readonly provider: string; readonly hasCalls: boolean },
): FinishReason {
  switch (unified) {
    case "stop":
      return hasCalls ? "tool_use" : "end_turn";
    case "tool-calls":
      return hasCalls ? "tool_use" : "other";
    case "length":
      return "max_tokens";
    case "content-filter":
      return "refusal";
    case "interrupted":
    case "unknown":
      throw truncatedStream(provider, "the stream ended without the vendor's end");
    case "error":
      throw truncatedStream(provider, "it ended with an error that was not told");
    default:
      if (raw === undefined) throw truncatedStream(provider, "the stream ended without a reason");
      return "other";
  }
}
