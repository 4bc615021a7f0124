import { PROVIDER_KEYS } from "./choose-provider.ts";
import type { Settings } from "./settings.ts";

/** Servers of one's own, which seldom want a key. */
const LOCAL = ["ollama", "vllm", "lmstudio"];

/** Keys by which no provider is chosen, but which one that is named needs. */
const MORE_KEYS: typeof PROVIDER_KEYS = [
  ["OPENAI_API_KEY", "openai-chat"],
  ["AZURE_OPENAI_API_KEY", "azure"],
  ["CEREBRAS_API_KEY", "cerebras"],
  ["FIREWORKS_API_KEY", "fireworks"],
  ["TOGETHER_API_KEY", "together"],
];

/** Whether a provider can be called at all: a key in the environment or the configuration, or a server of one's own. */
export function hasCredentials(
  provider: string,
  { env, config }: Pick<Settings, "env"> & { readonly config: Pick<Settings["config"], "providers"> },
): boolean {
  if (LOCAL.includes(provider)) return true;
  const section = config.providers.get(provider);
  if (section?.apiKey !== undefined) return true;
  if (provider === "openai-compatible") return section?.baseUrl !== undefined;
  return [...PROVIDER_KEYS, ...MORE_KEYS].some(([variable, name]) => name === provider && (env[variable] ?? "") !== "");
}
