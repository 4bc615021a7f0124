import type { ModelRequest, ToolSpec } from "../../spec/index.ts";
import { readModelTraits } from "./model-traits.ts";
import type { GoogleOptions } from "./options.ts";
import { toThinkingConfig } from "./thinking.ts";
import { toContents } from "./to-contents.ts";

/** A request in the words of the API, before it is put into the form of one of the SDKs. */
export interface WireRequest {
  readonly contents: object[];
  readonly generationConfig: object;
  /** `systemInstruction`, `tools`, `toolConfig`, `continuationToken`, as far as they are there. */
  readonly settings: object;
}

/** Makes the request. Throws a `ProviderError` for content that cannot be sent. */
export function toWireRequest(request: ModelRequest, options: GoogleOptions): WireRequest {
  const traits = readModelTraits(options.model);
  const { demandsSignatures } = traits;
  const history = toContents(request.messages, { modelId: options.model, demandsSignatures });
  const { continuationToken } = history;
  const maxOutputTokens = request.maxOutputTokens ?? options.maxOutputTokens;
  return {
    contents: history.contents,
    generationConfig: {
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...toThinkingConfig(request.reasoning, traits),
      ...(request.output !== undefined && {
        responseMimeType: "application/json",
        responseJsonSchema: request.output.schema,
      }),
    },
    settings: {
      ...(request.system !== undefined &&
        request.system !== "" && { systemInstruction: { role: "user", parts: [{ text: request.system }] } }),
      ...toTools(request),
      ...(continuationToken !== undefined && { continuationToken }),
    },
  };
}

function toTools({ tools, toolChoice }: ModelRequest): object {
  if (tools.length === 0) return {};
  return {
    tools: [{ functionDeclarations: tools.map(toDeclaration) }],
    ...(toolChoice !== undefined && { toolConfig: { functionCallingConfig: toMode(toolChoice) } }),
  };
}

function toDeclaration({ name, description, inputSchema }: ToolSpec): object {
  return { name, description, parametersJsonSchema: inputSchema };
}

function toMode(choice: NonNullable<ModelRequest["toolChoice"]>): object {
  if (typeof choice === "object") return { mode: "ANY", allowedFunctionNames: [choice.name] };
  if (choice === "required") return { mode: "ANY" };
  return { mode: choice === "none" ? "NONE" : "AUTO" };
}
