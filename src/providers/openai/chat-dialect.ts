import type { EffortWords, ModelTraits } from "./model-traits.ts";
import type { ToolCallIdForm } from "./tool-call-id.ts";

/** In what a server of the Chat Completions API differs from the others. */
export interface ChatDialect {
  /** The name of the output limit. */
  readonly maxTokensField: "max_completion_tokens" | "max_tokens";
  /** The role of the system prompt. */
  readonly systemRole: "system" | "developer";
  /** Sends `stream_options.include_usage`; off where usage comes anyway and the field is refused. */
  readonly includeUsage: boolean;
  /** Sends `strict` with each tool. */
  readonly strictTools: boolean;
  /** Sends the session's id as `prompt_cache_key`. */
  readonly promptCacheKey: boolean;
  /** `json_object`: the server takes no schema, so the schema goes into the system prompt. */
  readonly structuredOutput: "json_schema" | "json_object";
  /** How the amount of reasoning is asked for; `none` sends nothing. */
  readonly reasoning: "reasoning_effort" | "reasoning" | "thinking" | "none";
  /** The server's word for each effort; an effort without a word is not sent. */
  readonly efforts: EffortWords;
  /** What of the server's own reasoning goes back to it with the history. */
  readonly replayReasoning: "none" | "reasoning_content" | "reasoning_details";
  readonly toolCallIds: ToolCallIdForm;
  /** Whether images are taken in user messages. */
  readonly images: boolean;
  /** Whether files (PDF) are taken in user messages. */
  readonly files: boolean;
  /** Whether a tool message may hold images; otherwise they follow in a user message. */
  readonly imagesInToolResults: boolean;
  /** Whether a user message may not follow a tool message: a short assistant message is put between. */
  readonly assistantAfterTool: boolean;
}

/** What most compatible servers understand. */
export const compatibleDialect: ChatDialect = {
  maxTokensField: "max_tokens",
  systemRole: "system",
  includeUsage: true,
  strictTools: false,
  promptCacheKey: false,
  structuredOutput: "json_schema",
  reasoning: "reasoning_effort",
  efforts: { low: "low", medium: "medium", high: "high", max: "high" },
  replayReasoning: "none",
  toolCallIds: "openai",
  images: true,
  files: false,
  imagesInToolResults: false,
  assistantAfterTool: false,
};

/** OpenAI itself. Models that don't reason refuse the role "developer" and an effort. */
export function openaiDialect({ reasons, efforts }: ModelTraits): ChatDialect {
  return {
    ...compatibleDialect,
    maxTokensField: "max_completion_tokens",
    systemRole: reasons ? "developer" : "system",
    strictTools: true,
    promptCacheKey: true,
    reasoning: reasons ? "reasoning_effort" : "none",
    efforts,
    files: true,
  };
}
