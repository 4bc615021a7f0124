import { PRESETS, PROVIDER_NAMES } from "../config/provider-names.ts";
import { HarnessError, suggestName } from "../errors/index.ts";
import type { Model, ModelInfo } from "../spec/index.ts";
import type { ProviderChoice } from "./choose-provider.ts";

/** What every provider takes. */
export interface ProviderOptions {
  readonly model: string;
  readonly info?: ModelInfo;
  readonly apiKey?: string;
  readonly baseUrl?: string;
  readonly fetch?: typeof fetch;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Makes the model of a choice. The provider's code is loaded now, its SDK at the first call. */
export async function createModel(
  { provider }: Pick<ProviderChoice, "provider">,
  options: ProviderOptions,
): Promise<Model> {
  switch (provider) {
    case "anthropic":
      return (await import("../providers/anthropic/index.ts")).anthropic(options);
    case "openai":
      return (await import("../providers/openai/index.ts")).openai(options);
    case "openai-chat":
      return (await import("../providers/openai/index.ts")).openai({ ...options, api: "chat" });
    case "google":
      return (await import("../providers/google/index.ts")).google(options);
    case "ollama":
      return (await import("../providers/ollama/index.ts")).ollama(options);
    case "azure": {
      const { model: deployment, ...rest } = options;
      return (await import("../providers/openai-compatible/index.ts")).azure({ ...rest, deployment });
    }
    default:
      return await createCompatible(provider, options);
  }
}

/** Throws code "model_not_found" for the name of a provider that nobody knows. */
export function assertProvider(provider: string): void {
  if (PROVIDER_NAMES.some((name) => name === provider)) return;
  throw new HarnessError(
    `Unknown provider "${provider}".${suggestName(provider, PROVIDER_NAMES)} Known: ${PROVIDER_NAMES.join(", ")}; ` +
      'any server that speaks OpenAI\'s Chat protocol is "openai-compatible" with baseUrl',
    { code: "model_not_found" },
  );
}

async function createCompatible(provider: string, options: ProviderOptions): Promise<Model> {
  assertProvider(provider);
  const preset = PRESETS.find((name) => name === provider);
  const { openaiCompatible } = await import("../providers/openai-compatible/index.ts");
  return openaiCompatible(preset === undefined ? options : { ...options, preset });
}
