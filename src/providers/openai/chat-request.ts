import { createHash } from "node:crypto";

import type { ModelCallOptions, ModelRequest, Reasoning, ToolSpec } from "../../spec/index.ts";
import { toObjectSchema } from "../shared/index.ts";
import type { ChatDialect } from "./chat-dialect.ts";
import { toJsonSchemaFormat } from "./output-schema.ts";

/** What stands in a request besides tools and history. */
export interface ChatRequestOptions {
  readonly model: string;
  readonly dialect: ChatDialect;
  readonly maxOutputTokens: number | undefined;
  readonly sessionId: ModelCallOptions["sessionId"];
}

/** The fields of a Chat Completions request, without tools and messages. */
export function toChatSettings(request: ModelRequest, options: ChatRequestOptions): object {
  const { model, dialect, sessionId } = options;
  const limit = request.maxOutputTokens ?? options.maxOutputTokens;
  return {
    model,
    stream: true,
    ...(dialect.includeUsage ? { stream_options: { include_usage: true } } : {}),
    ...(limit === undefined ? {} : { [dialect.maxTokensField]: limit }),
    ...toChatReasoning(request.reasoning, dialect),
    ...toChatToolChoice(request),
    ...toResponseFormat(request, dialect),
    ...(dialect.promptCacheKey && sessionId !== undefined ? { prompt_cache_key: toCacheKey(sessionId) } : {}),
  };
}

/** The system message, or nothing. Where the server takes no schema, the schema stands in it. */
export function toSystemMessage({ system, output }: ModelRequest, dialect: ChatDialect): object | undefined {
  const texts = system === undefined ? [] : [system];
  if (output !== undefined && dialect.structuredOutput === "json_object") {
    texts.push(`Answer with one JSON object that follows this JSON Schema:\n${JSON.stringify(output.schema)}`);
  }
  return texts.length === 0 ? undefined : { role: dialect.systemRole, content: texts.join("\n\n") };
}

/** A tool as Chat Completions takes it. `strict` is off: it would demand another schema than the tool's own. */
export function toChatTool({ name, description, inputSchema }: ToolSpec, dialect: ChatDialect): object {
  const strict = dialect.strictTools ? { strict: false } : {};
  return { type: "function", function: { name, description, parameters: toObjectSchema(inputSchema), ...strict } };
}

/** A cache key from a session's id; OpenAI takes 64 characters at most. */
export function toCacheKey(sessionId: string): string {
  return sessionId.length <= 64 ? sessionId : createHash("sha256").update(sessionId).digest("hex");
}

function toChatReasoning(reasoning: Reasoning | undefined, dialect: ChatDialect): object {
  if (reasoning === undefined) return {};
  const effort = reasoning.effort === undefined ? undefined : dialect.efforts[reasoning.effort];
  switch (dialect.reasoning) {
    case "none":
      return {};
    case "reasoning_effort":
      return effort === undefined ? {} : { reasoning_effort: effort };
    case "reasoning": {
      // OpenRouter takes one of both.
      if (reasoning.maxTokens !== undefined) return { reasoning: { max_tokens: reasoning.maxTokens } };
      return effort === undefined ? {} : { reasoning: { effort } };
    }
    case "thinking": {
      if (reasoning.effort === "none") return { thinking: { type: "disabled" } };
      return effort === undefined ? {} : { thinking: { type: "enabled" }, reasoning_effort: effort };
    }
    default:
      return dialect.reasoning satisfies never;
  }
}

function toChatToolChoice({ toolChoice, tools }: ModelRequest): object {
  if (toolChoice === undefined || tools.length === 0) return {};
  if (typeof toolChoice === "string") return { tool_choice: toolChoice };
  return { tool_choice: { type: "function", function: { name: toolChoice.name } } };
}

function toResponseFormat({ output }: ModelRequest, dialect: ChatDialect): object {
  if (output === undefined) return {};
  if (dialect.structuredOutput === "json_object") return { response_format: { type: "json_object" } };
  return { response_format: { type: "json_schema", json_schema: toJsonSchemaFormat(output) } };
}
