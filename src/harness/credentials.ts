import { PROVIDER_KEYS } from "./choose-provider.ts";
import type { Settings } from "./settings.ts";

/** Whether a provider can be called at all: a key in the environment or the configuration, or a local server. */
export function hasCredentials(provider: string, { env, config }: Pick<Settings, "env" | "config">): boolean {
  if (provider === "ollama" || provider === "vllm" || provider === "lmstudio") return true;
  if (config.providers.get(provider)?.apiKey !== undefined) return true;
  return PROVIDER_KEYS.some(([variable, name]) => name === provider && (env[variable] ?? "") !== "");
}
