/** Servers that speak OpenAI's Chat protocol, by the name of their preset. */
export const PRESETS = [
  "groq",
  "deepseek",
  "mistral",
  "openrouter",
  "xai",
  "vllm",
  "together",
  "fireworks",
  "cerebras",
  "lmstudio",
] as const;

/** Every provider that a run can ask. */
export const PROVIDER_NAMES = [
  "anthropic",
  "openai",
  "openai-chat",
  "google",
  "ollama",
  "azure",
  "openai-compatible",
  ...PRESETS,
] as const;
