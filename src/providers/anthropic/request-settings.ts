import type { ModelRequest } from "../../spec/index.ts";
import type { AnthropicOptions } from "./options.ts";

/** Tokens of an answer where nobody says and the model's limit is not known. */
const DEFAULT_MAX_TOKENS = 16_384;
/** The API's own lower limit of a thinking budget. */
const MIN_THINKING_TOKENS = 1_024;

/** The fields of a request besides its tools, system prompt and history. */
export function toSettings(request: ModelRequest, options: AnthropicOptions): Record<string, unknown> {
  const maxTokens = toMaxTokens(request, options);
  return {
    ...options.extraBody,
    model: options.model,
    max_tokens: maxTokens,
    stream: true,
    ...toThinking(request, maxTokens),
    ...toToolChoice(request),
  };
}

function toMaxTokens(request: ModelRequest, { maxOutputTokens, info }: AnthropicOptions): number {
  const limit = info?.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const wanted = request.maxOutputTokens ?? maxOutputTokens ?? info?.maxOutputTokens ?? DEFAULT_MAX_TOKENS;
  return Math.min(wanted, limit);
}

/** What is asked for of reasoning, and the `effort` that goes into `output_config`. */
function toThinking({ reasoning, toolChoice }: ModelRequest, maxTokens: number): object {
  if (reasoning === undefined) return {};
  const { effort, maxTokens: budget } = reasoning;
  if (effort === "none" || budget === 0) return { thinking: { type: "disabled" } };
  // The API refuses to think before a call that it is forced to make.
  if (toolChoice === "required" || typeof toolChoice === "object") return { thinking: { type: "disabled" } };
  if (budget !== undefined) {
    const tokens = Math.min(Math.max(budget, MIN_THINKING_TOKENS), maxTokens - 1);
    if (tokens < MIN_THINKING_TOKENS) return { thinking: { type: "disabled" } };
    return { thinking: { type: "enabled", budget_tokens: tokens, display: "summarized" } };
  }
  return effort === undefined ? {} : { thinking: { type: "adaptive", display: "summarized" } };
}

function toToolChoice({ toolChoice, tools }: ModelRequest): object {
  if (toolChoice === undefined || toolChoice === "auto" || tools.length === 0) return {};
  if (toolChoice === "none") return { tool_choice: { type: "none" } };
  if (toolChoice === "required") return { tool_choice: { type: "any" } };
  return { tool_choice: { type: "tool", name: toolChoice.name } };
}
