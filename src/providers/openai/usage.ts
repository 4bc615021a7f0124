import type { Usage } from "../../spec/index.ts";
import { asCount, asObject, toUsage, type WireObject } from "../shared/index.ts";

/**
 * Usage of Chat Completions. `prompt_tokens` and `completion_tokens` are inclusive; xAI leaves reasoning out of
 * `completion_tokens`, which shows in its `total_tokens`.
 */
export function readChatUsage(value: unknown): Usage | undefined {
  const usage = asObject(value);
  const input = asCount(usage?.["prompt_tokens"]);
  const output = asCount(usage?.["completion_tokens"]);
  if (usage === undefined || input === undefined || output === undefined) return undefined;
  const prompt = asObject(usage["prompt_tokens_details"]);
  const reasoning = asCount(asObject(usage["completion_tokens_details"])?.["reasoning_tokens"]) ?? 0;
  const total = asCount(usage["total_tokens"]);
  const sum = input + output;
  const isReasoningExtra = total !== undefined && total !== sum && total === sum + reasoning;
  return toUsage({
    input,
    output: output + (isReasoningExtra ? reasoning : 0),
    cacheRead: readCacheRead(usage, prompt),
    cacheWrite: asCount(prompt?.["cache_write_tokens"]),
    reasoning,
  });
}

/** Usage of a Responses answer: both counts are inclusive. */
export function readResponsesUsage(value: unknown): Usage | undefined {
  const usage = asObject(value);
  const details = asObject(usage?.["input_tokens_details"]);
  return toUsage({
    input: asCount(usage?.["input_tokens"]),
    output: asCount(usage?.["output_tokens"]),
    cacheRead: asCount(details?.["cached_tokens"]),
    cacheWrite: asCount(details?.["cache_write_tokens"]),
    reasoning: asCount(asObject(usage?.["output_tokens_details"])?.["reasoning_tokens"]),
  });
}

/** OpenAI's own field first, then DeepSeek's and Moonshot's. */
function readCacheRead(usage: WireObject, prompt: WireObject | undefined): number | undefined {
  return (
    asCount(prompt?.["cached_tokens"]) ?? asCount(usage["prompt_cache_hit_tokens"]) ?? asCount(usage["cached_tokens"])
  );
}
