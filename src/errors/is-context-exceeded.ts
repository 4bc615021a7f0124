import { ProviderError } from "./provider-error.ts";

/**
 * What vendors say of a request that does not fit the model's context window. They have no common code: Anthropic "prompt
 * is too long", OpenAI "context_length_exceeded" and "exceeds the context window", Google "input token count … exceeds the
 * maximum number of tokens", vLLM and others "maximum context length", xAI "maximum prompt length", Mistral "too large for
 * model with … maximum context length", Groq "reduce the length of the messages", Bedrock "Input is too long".
 */
const WORDS = [
  /prompt is too long/i,
  /input is too long/i,
  /context[ _]length[ _]exceeded/i,
  /exceeds? (?:the |this model's )?(?:maximum )?context (?:window|length|size)/i,
  /maximum context length/i,
  /maximum prompt length/i,
  /input token count.*exceeds? the maximum/i,
  /reduce the length of the (?:messages|prompt|input)/i,
  /too many (?:input )?tokens/i,
  /request too large.*tokens/i,
];

/** Statuses with which vendors refuse a request for its size; a stream that had begun has none. */
const STATUSES: readonly (number | undefined)[] = [400, 413, 422, undefined];

/** Whether a provider refused a request since it does not fit the model's context window. */
export function isContextExceeded(error: unknown): boolean {
  if (!ProviderError.isInstance(error) || !STATUSES.includes(error.status)) return false;
  return WORDS.some((words) => words.test(error.message));
}
