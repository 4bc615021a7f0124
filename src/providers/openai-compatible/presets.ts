import { compatibleDialect, type ChatDialect } from "../openai/chat-dialect.ts";

/** What is known of a vendor that speaks Chat Completions. */
export interface CompatiblePreset {
  /** `undefined`: there is no common address, it must be given. */
  readonly baseUrl: string | undefined;
  /** The environment variable of the key; `undefined`: no key is needed. */
  readonly apiKeyEnv: string | undefined;
  /** In what its API differs from the common form. */
  readonly dialect: ChatDialect;
}

/** The names of `compatiblePresets`. */
export type CompatiblePresetName =
  | "azure"
  | "cerebras"
  | "deepseek"
  | "fireworks"
  | "groq"
  | "lmstudio"
  | "mistral"
  | "openrouter"
  | "together"
  | "vllm"
  | "xai";

const effortsUpToHigh = { low: "low", medium: "medium", high: "high", max: "high" } as const;

/** Vendors whose address, key variable and peculiarities are known. */
export const compatiblePresets: Readonly<Record<CompatiblePresetName, CompatiblePreset>> = {
  /** The address is made of endpoint, deployment and API version. */
  azure: {
    baseUrl: undefined,
    apiKeyEnv: "AZURE_OPENAI_API_KEY",
    // Older API versions refuse `strict` and the role "developer"; newer ones take "system" for it.
    dialect: { ...compatibleDialect, maxTokensField: "max_completion_tokens", files: true },
  },
  cerebras: {
    baseUrl: "https://api.cerebras.ai/v1",
    apiKeyEnv: "CEREBRAS_API_KEY",
    dialect: { ...compatibleDialect, maxTokensField: "max_completion_tokens", images: false },
  },
  /** Source: https://api-docs.deepseek.com/guides/thinking_mode */
  deepseek: {
    baseUrl: "https://api.deepseek.com/v1",
    apiKeyEnv: "DEEPSEEK_API_KEY",
    dialect: {
      ...compatibleDialect,
      structuredOutput: "json_object",
      reasoning: "thinking",
      efforts: { none: "none", low: "low", medium: "high", high: "high", max: "max" },
      replayReasoning: "reasoning_content",
      images: false,
    },
  },
  fireworks: {
    baseUrl: "https://api.fireworks.ai/inference/v1",
    apiKeyEnv: "FIREWORKS_API_KEY",
    dialect: compatibleDialect,
  },
  groq: {
    baseUrl: "https://api.groq.com/openai/v1",
    apiKeyEnv: "GROQ_API_KEY",
    dialect: { ...compatibleDialect, maxTokensField: "max_completion_tokens" },
  },
  lmstudio: { baseUrl: "http://localhost:1234/v1", apiKeyEnv: undefined, dialect: compatibleDialect },
  /** Takes nine letters or digits as tool-call id, sends usage unasked, and refuses a user after a tool message. */
  mistral: {
    baseUrl: "https://api.mistral.ai/v1",
    apiKeyEnv: "MISTRAL_API_KEY",
    dialect: {
      ...compatibleDialect,
      includeUsage: false,
      reasoning: "none",
      toolCallIds: "nine-letters",
      imagesInToolResults: true,
      assistantAfterTool: true,
    },
  },
  /** Source: https://openrouter.ai/docs/guides/best-practices/reasoning-tokens */
  openrouter: {
    baseUrl: "https://openrouter.ai/api/v1",
    apiKeyEnv: "OPENROUTER_API_KEY",
    dialect: {
      ...compatibleDialect,
      reasoning: "reasoning",
      efforts: { ...effortsUpToHigh, none: "none", max: "xhigh" },
      replayReasoning: "reasoning_details",
      files: true,
    },
  },
  together: {
    baseUrl: "https://api.together.xyz/v1",
    apiKeyEnv: "TOGETHER_API_KEY",
    dialect: compatibleDialect,
  },
  vllm: { baseUrl: "http://localhost:8000/v1", apiKeyEnv: undefined, dialect: compatibleDialect },
  xai: {
    baseUrl: "https://api.x.ai/v1",
    apiKeyEnv: "XAI_API_KEY",
    dialect: {
      ...compatibleDialect,
      maxTokensField: "max_completion_tokens",
      efforts: { low: "low", high: "high", max: "high" },
    },
  },
};
