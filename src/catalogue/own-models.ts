import type { ModelTable } from "./model-row.ts";

/**
 * Models that the generated table lost because their vendors retire them, and that people's programs still name.
 * Facts from the vendors' price pages; the tests check them against a second source.
 */
export const OWN_MODELS: ModelTable = {
  anthropic: {
    "claude-sonnet-4-20250514": [200_000, 64_000, "vr", [3, 15, 0.3, 3.75, 6]],
    "claude-opus-4-20250514": [200_000, 32_000, "vr", [15, 75, 1.5, 18.75, 30]],
    "claude-opus-4-1-20250805": [200_000, 32_000, "vr", [15, 75, 1.5, 18.75, 30]],
    "claude-3-7-sonnet-20250219": [200_000, 64_000, "vr", [3, 15, 0.3, 3.75, 6]],
    "claude-3-5-sonnet-20241022": [200_000, 8_192, "v", [3, 15, 0.3, 3.75, 6]],
    "claude-3-5-haiku-20241022": [200_000, 8_192, "v", [0.8, 4, 0.08, 1, 1.6]],
    "claude-3-opus-20240229": [200_000, 4_096, "v", [15, 75, 1.5, 18.75, 30]],
  },
  openai: {
    "gpt-5.2-codex": [400_000, 128_000, "vr", [1.75, 14, 0.175]],
    "gpt-3.5-turbo": [16_385, 4_096, "", [0.5, 1.5]],
  },
  google: {
    "gemini-2.0-flash": [1_048_576, 8_192, "v", [0.1, 0.4, 0.025]],
    "gemini-1.5-pro": [2_097_152, 8_192, "v", [1.25, 5], [128_000, 2.5, 10]],
    "gemini-1.5-flash": [1_048_576, 8_192, "v", [0.075, 0.3], [128_000, 0.15, 0.6]],
  },
};

/**
 * Short and old names of models, by provider. Names of a family move to its newest model with each release of Harness;
 * dated ones never move.
 */
export const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  anthropic: {
    opus: "claude-opus-5-5",
    sonnet: "claude-sonnet-5-5",
    haiku: "claude-haiku-5-5",
    "sonnet-4.5": "claude-sonnet-4-5",
    "sonnet-3.5": "claude-3-5-sonnet-20241022",
    "haiku-3.5": "claude-3-5-haiku-20241022",
    "opus-3": "claude-3-opus-20240229",
    "claude-sonnet-4-0": "claude-sonnet-4-20250514",
    "claude-opus-4-0": "claude-opus-4-20250514",
    "claude-opus-4-1": "claude-opus-4-1-20250805",
    "claude-3-5-sonnet-latest": "claude-3-5-sonnet-20241022",
    "claude-3-5-haiku-latest": "claude-3-5-haiku-20241022",
    "claude-3-opus-latest": "claude-3-opus-20240229",
    // The seed's catalogue has it; the vendor never did.
    "claude-sonnet-4-5-20250514": "claude-sonnet-4-5",
  },
  openai: {
    gpt52: "gpt-5.2",
    codex: "gpt-5.2-codex",
    gpt4o: "gpt-4o",
    "gpt4o-mini": "gpt-4o-mini",
    gpt41: "gpt-4.1",
    "gpt41-mini": "gpt-4.1-mini",
    "gpt41-nano": "gpt-4.1-nano",
    "gpt4-turbo": "gpt-4-turbo",
    gpt35: "gpt-3.5-turbo",
  },
  google: {
    "gemini-pro": "gemini-2.5-pro",
    "gemini-flash": "gemini-2.5-flash",
    flash: "gemini-2.0-flash",
    "gemini-15-pro": "gemini-1.5-pro",
    "gemini-15-flash": "gemini-1.5-flash",
  },
  mistral: {
    "mistral-large": "mistral-large-latest",
    codestral: "codestral-latest",
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
