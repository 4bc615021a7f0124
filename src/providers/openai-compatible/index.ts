export { azure, type AzureOptions } from "./azure.ts";
export { openaiCompatible, type CompatibleOptions, type OpenAICompatibleOptions } from "./openai-compatible.ts";
export {
  cerebras,
  deepseek,
  fireworks,
  groq,
  lmstudio,
  mistral,
  openrouter,
  together,
  vllm,
  xai,
  type PresetModelOptions,
} from "./preset-models.ts";
export { compatiblePresets, type CompatiblePreset, type CompatiblePresetName } from "./presets.ts";
export type { ChatDialect } from "../openai/chat-dialect.ts";
export type { OpenAIClient } from "../openai/client.ts";
