import type { ModelRequest } from "../../spec/index.ts";
import { toObjectSchema } from "../shared/index.ts";
import type { AiSdkCallOptions, AiSdkLanguageModel, AiSdkOptions } from "./language-model.ts";
import { toPrompt } from "./to-prompt.ts";

/** What `doStream` is called with. Throws a `ProviderError` for content that cannot be sent. */
export async function toCallOptions(
  request: ModelRequest,
  { languageModel, options, signal }: CallContext,
): Promise<AiSdkCallOptions> {
  const { headers, providerOptions } = options;
  const maxOutputTokens = request.maxOutputTokens ?? options.maxOutputTokens;
  const supportedUrls = await languageModel.supportedUrls;
  return {
    prompt: toPrompt(request, { languageModel, supportedUrls }),
    abortSignal: signal,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(headers !== undefined && { headers: { ...headers } }),
    ...(providerOptions !== undefined && { providerOptions: { ...providerOptions } }),
    ...toTools(request),
    ...toReasoning(request, languageModel),
    ...(request.output !== undefined && {
      responseFormat: { type: "json", name: request.output.name, schema: request.output.schema },
    }),
  };
}

/** What a call is made with. */
export interface CallContext {
  readonly languageModel: AiSdkLanguageModel;
  readonly options: AiSdkOptions;
  readonly signal: AbortSignal;
}

function toTools({ tools, toolChoice }: ModelRequest): object {
  if (tools.length === 0) return {};
  const choice =
    typeof toolChoice === "object" ? { type: "tool", toolName: toolChoice.name } : { type: toolChoice ?? "auto" };
  return {
    tools: tools.map(({ name, description, inputSchema }) => ({
      type: "function",
      name,
      description,
      inputSchema: toObjectSchema(inputSchema),
    })),
    toolChoice: choice,
  };
}

/** Before v4 the specification knew no effort: vendors take it in `providerOptions`. */
function toReasoning({ reasoning }: ModelRequest, { specificationVersion }: AiSdkLanguageModel): object {
  if (reasoning?.effort === undefined || specificationVersion !== "v4") return {};
  return { reasoning: reasoning.effort };
}
