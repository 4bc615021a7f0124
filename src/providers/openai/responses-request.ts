import type { ModelCallOptions, ModelRequest, Reasoning, ToolSpec } from "../../spec/index.ts";
import { toObjectSchema } from "../shared/index.ts";
import { toCacheKey } from "./chat-request.ts";
import type { ModelTraits } from "./model-traits.ts";
import { toJsonSchemaFormat } from "./output-schema.ts";

/** What stands in a request besides tools and history. */
export interface ResponsesRequestOptions {
  readonly model: string;
  readonly traits: ModelTraits;
  readonly reasoningSummary: "auto" | "concise" | "detailed" | false;
  readonly maxOutputTokens: number | undefined;
  readonly sessionId: ModelCallOptions["sessionId"];
}

/** The fields of a Responses request, without tools and input. Nothing is stored: the history is ours. */
export function toResponsesSettings(request: ModelRequest, options: ResponsesRequestOptions): object {
  const { model, traits, sessionId } = options;
  const { system, toolChoice, tools, output } = request;
  const limit = request.maxOutputTokens ?? options.maxOutputTokens;
  const isToolChoiceSent = toolChoice !== undefined && tools.length > 0;
  return {
    model,
    stream: true,
    store: false,
    // Models that don't reason refuse the field.
    ...(traits.reasons ? { include: ["reasoning.encrypted_content"] } : {}),
    ...(system === undefined ? {} : { instructions: system }),
    ...(limit === undefined ? {} : { max_output_tokens: limit }),
    ...(traits.reasons ? toReasoning(request.reasoning, options) : {}),
    ...(isToolChoiceSent ? { tool_choice: toToolChoice(toolChoice) } : {}),
    ...(output === undefined ? {} : { text: { format: { type: "json_schema", ...toJsonSchemaFormat(output) } } }),
    ...(sessionId === undefined ? {} : { prompt_cache_key: toCacheKey(sessionId) }),
  };
}

/** A tool as the Responses API takes it. `strict` is off: it would demand another schema than the tool's own. */
export function toResponsesTool({ name, description, inputSchema }: ToolSpec): object {
  return { type: "function", name, description, parameters: toObjectSchema(inputSchema), strict: false };
}

function toReasoning(reasoning: Reasoning | undefined, options: ResponsesRequestOptions): object {
  if (reasoning?.effort === undefined) return {};
  const summary = options.reasoningSummary;
  const hasSummary = summary !== false && reasoning.effort !== "none";
  return { reasoning: { effort: options.traits.efforts[reasoning.effort], ...(hasSummary ? { summary } : {}) } };
}

function toToolChoice(toolChoice: NonNullable<ModelRequest["toolChoice"]>): string | object {
  return typeof toolChoice === "string" ? toolChoice : { type: "function", name: toolChoice.name };
}
