import { HarnessError } from "../../errors/index.ts";
import type { Model } from "../../spec/index.ts";
import { createChatModel } from "../openai/chat-model.ts";
import { lazyWire, wireOf, type ClientSettings, type Environment } from "../openai/client.ts";
import { readModelTraits } from "../openai/model-traits.ts";
import type { CompatibleOptions } from "./openai-compatible.ts";
import { compatiblePresets } from "./presets.ts";

/** Options of `azure`. */
export interface AzureOptions extends Omit<CompatibleOptions, "model"> {
  /** The deployment's name. */
  readonly deployment: string;
  /** OpenAI's id of the deployed model, for prices and peculiarities. @default the deployment's name */
  readonly model?: string;
  /** The resource's address, such as `https://my-resource.openai.azure.com`. @default the environment variable AZURE_OPENAI_ENDPOINT */
  readonly endpoint?: string;
  /** The dated version of the API. @default the environment variable OPENAI_API_VERSION, else the undated v1 API */
  readonly apiVersion?: string;
}

/**
 * A model deployed on Azure OpenAI. The key travels in the header `api-key`; for Entra ID pass an `authorization` header.
 * The first call throws code "config_invalid" without an endpoint and "credentials_missing" without a key.
 */
export function azure(options: AzureOptions): Model {
  const { deployment, model: id = deployment, client } = options;
  const { reasons, efforts } = readModelTraits(id);
  return createChatModel({
    provider: "azure",
    id,
    wireModel: deployment,
    info: options.info,
    maxOutputTokens: options.maxOutputTokens,
    dialect: {
      ...compatiblePresets.azure.dialect,
      reasoning: reasons ? "reasoning_effort" : "none",
      efforts,
      ...options.dialect,
    },
    wire: client === undefined ? lazyWire(() => toSettings(options)) : wireOf(client),
  });
}

function toSettings(options: AzureOptions): ClientSettings {
  const env = options.env ?? process.env;
  const apiVersion = options.apiVersion ?? (env["OPENAI_API_VERSION"] || undefined);
  const hasOwnAuthorization = Object.keys(options.headers ?? {}).some((name) => name.toLowerCase() === "authorization");
  return {
    provider: "azure",
    baseUrl: toBaseUrl(options, { env, apiVersion }),
    apiKey: options.apiKey,
    apiKeyEnv: hasOwnAuthorization ? undefined : (options.apiKeyEnv ?? compatiblePresets.azure.apiKeyEnv),
    keyHeader: "api-key",
    usesOpenAIAccount: false,
    headers: options.headers,
    query: { ...(apiVersion === undefined ? {} : { "api-version": apiVersion }), ...options.query },
    fetch: options.fetch,
    env,
  };
}

/** Dated versions address the deployment by path, the v1 API by the body's `model`. */
function toBaseUrl(
  { baseUrl, endpoint, deployment }: AzureOptions,
  { env, apiVersion }: { readonly env: Environment; readonly apiVersion: string | undefined },
): string {
  const isWhole = baseUrl !== undefined && URL.parse(baseUrl)?.pathname !== "/";
  if (isWhole) return baseUrl;
  // Without a path it is the resource's: nothing of the API stands at its root.
  const address = baseUrl ?? endpoint ?? (env["AZURE_OPENAI_ENDPOINT"] || undefined);
  if (address === undefined) {
    throw new HarnessError(
      "No endpoint for azure: set the environment variable AZURE_OPENAI_ENDPOINT or pass baseUrl",
      {
        code: "config_invalid",
      },
    );
  }
  const root = `${address.replace(/\/+$/, "")}/openai`;
  return apiVersion === undefined ? `${root}/v1` : `${root}/deployments/${encodeURIComponent(deployment)}`;
}
