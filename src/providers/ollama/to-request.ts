import type { JsonObject, ModelRequest, Reasoning, ToolSpec } from "../../spec/index.ts";
import type { OllamaOptions } from "./options.ts";
import { toMessages, type WireMessage } from "./to-messages.ts";

/** The body of a request to `/api/chat`. Source: https://docs.ollama.com/api/chat */
export interface WireRequest {
  readonly model: string;
  readonly messages: WireMessage[];
  readonly stream: true;
  readonly tools?: { readonly type: "function"; readonly function: WireTool }[];
  readonly format?: JsonObject;
  readonly think?: boolean | "low" | "medium" | "high";
  readonly keep_alive?: string | number;
  readonly options?: JsonObject;
}

interface WireTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: object;
}

/** Makes the body. Throws a `ProviderError` for content that cannot be sent. */
export function toWireRequest(request: ModelRequest, settings: OllamaOptions): WireRequest {
  const { model, keepAlive, modelOptions } = settings;
  const { system, messages, output } = request;
  const tools = toTools(request);
  const think = toThink(request.reasoning, model);
  const limit = request.maxOutputTokens ?? settings.maxOutputTokens;
  const options = { ...modelOptions, ...(limit !== undefined && { num_predict: limit }) };
  return {
    model,
    stream: true,
    messages: [
      ...(system === undefined || system === "" ? [] : [{ role: "system", content: system } as const]),
      ...messages.flatMap((message) => toMessages(message, model)),
    ],
    ...(tools.length > 0 && { tools }),
    ...(output !== undefined && { format: output.schema }),
    ...(think !== undefined && { think }),
    ...(keepAlive !== undefined && { keep_alive: keepAlive }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

/** The API knows no choice of tools: one that must be called is the only one offered, and none is offered for "none". */
function toTools({ tools, toolChoice }: ModelRequest): { type: "function"; function: WireTool }[] {
  if (toolChoice === "none") return [];
  const name = typeof toolChoice === "object" ? toolChoice.name : undefined;
  return tools.filter((tool) => name === undefined || tool.name === name).map(toTool);
}

function toTool({ name, description, inputSchema }: ToolSpec): { type: "function"; function: WireTool } {
  return { type: "function", function: { name, description, parameters: inputSchema } };
}

/** Most models think or don't; gpt-oss alone wants a level. */
function toThink(reasoning: Reasoning | undefined, model: string): WireRequest["think"] {
  const { effort, maxTokens } = reasoning ?? {};
  if (effort === undefined && maxTokens === undefined) return undefined;
  if (effort === "none" || maxTokens === 0) return false;
  if (!/gpt-oss/.test(model)) return true;
  return effort === "max" ? "high" : (effort ?? "medium");
}
