import type { ModelRequest } from "../../spec/index.ts";
import type { AnthropicOptions } from "./options.ts";

/** Tokens of an answer where nobody says and the model's limit is not known. */
const DEFAULT_MAX_TOKENS = 16_384;
/** The API's own lower limit of a thinking budget. */
const MIN_THINKING_TOKENS = 1_024;

/** The fields of a request besides its tools, system prompt and history. */
export function toSettings(
  request: ModelRequest,
  options: AnthropicOptions,
  outputConfig: object | undefined,
): Record<string, unknown> {
  const maxTokens = toMaxTokens(request, options);
  const settings: Record<string, unknown> = { ...options.extraBody, model: options.model, max_tokens: maxTokens };
  settings["stream"] = true;
  // These are written with the run's own.
  delete settings["tools"];
  const thinking = toThinking(request, maxTokens);
  if (thinking !== undefined) settings["thinking"] = thinking;
  const toolChoice = toToolChoice(request);
  if (toolChoice !== undefined) settings["tool_choice"] = toolChoice;
  if (outputConfig !== undefined) settings["output_config"] = outputConfig;
  return settings;
}

function toMaxTokens(request: ModelRequest, { maxOutputTokens, info }: AnthropicOptions): number {
  const limit = info?.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const wanted = request.maxOutputTokens ?? maxOutputTokens ?? info?.maxOutputTokens ?? DEFAULT_MAX_TOKENS;
  return Math.min(wanted, limit);
}

/** What is asked for of reasoning besides the `effort`, which goes into `output_config`. */
function toThinking({ reasoning, toolChoice }: ModelRequest, maxTokens: number): object | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, maxTokens: budget } = reasoning;
  if (effort === "none" || budget === 0) return { type: "disabled" };
  // The API refuses to think before a call that it is forced to make.
  if (toolChoice === "required" || typeof toolChoice === "object") return { type: "disabled" };
  if (budget !== undefined) {
    const tokens = Math.min(Math.max(budget, MIN_THINKING_TOKENS), maxTokens - 1);
    if (tokens < MIN_THINKING_TOKENS) return { type: "disabled" };
    return { type: "enabled", budget_tokens: tokens, display: "summarized" };
  }
  return effort === undefined ? undefined : { type: "adaptive", display: "summarized" };
}

function toToolChoice({ toolChoice, tools }: ModelRequest): object | undefined {
  if (toolChoice === undefined || toolChoice === "auto" || tools.length === 0) return undefined;
  if (toolChoice === "none") return { type: "none" };
  if (toolChoice === "required") return { type: "any" };
  return { type: "tool", name: toolChoice.name };
}
