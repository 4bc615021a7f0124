import type { ModelTable } from "./model-row.ts";

/**
 * Models that the generated table lost because their vendors retire them, and that people's programs still name.
 * Facts from the vendors' price pages; the tests check them against a second source.
 */
export const OWN_MODELS: ModelTable = {
  anthropic: {
    "claude-sonnet-4-20250514": [200_000, 64_000, [3, 15, 0.3, 3.75]],
    "claude-opus-4-20250514": [200_000, 32_000, [15, 75, 1.5, 18.75]],
    "claude-opus-4-1-20250805": [200_000, 32_000, [15, 75, 1.5, 18.75]],
  },
  google: {
    "gemini-2.0-flash": [1_048_576, 8_192, [0.1, 0.4, 0.025]],
  },
};

/** Short names of models, by provider. They move to the newest model of a family with each release of Harness. */
export const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  anthropic: {
    opus: "claude-opus-5-5",
    sonnet: "claude-sonnet-5-5",
    haiku: "claude-haiku-5-5",
    "claude-sonnet-4-0": "claude-sonnet-4-20250514",
    "claude-opus-4-0": "claude-opus-4-20250514",
    "claude-opus-4-1": "claude-opus-4-1-20250805",
  },
};

/** The model of each provider where nobody names one: able enough for an agent, not the dearest. */
export const DEFAULT_MODELS: Readonly<Record<string, string>> = {
  anthropic: "claude-sonnet-5-5",
  openai: "gpt-6.1-sol",
  google: "gemini-4-argon",
  ollama: "llama3.3",
  groq: "openai/gpt-oss-120b",
  deepseek: "deepseek-v4-pro",
  mistral: "mistral-large-4",
  xai: "grok-4.7",
  openrouter: "anthropic/claude-sonnet-5.5",
};
