import type { Model } from "../../spec/index.ts";
import { openaiCompatible, type CompatibleOptions, type OpenAICompatibleOptions } from "./openai-compatible.ts";

/** Options of a preset's function, or just the model's id. */
export type PresetModelOptions = CompatibleOptions | string;

/** A model of Cerebras; key in CEREBRAS_API_KEY. */
export function cerebras(options: PresetModelOptions): Model {
  return fromPreset("cerebras", options);
}

/** A model of DeepSeek; key in DEEPSEEK_API_KEY. Its reasoning goes back with the calls it led to. */
export function deepseek(options: PresetModelOptions): Model {
  return fromPreset("deepseek", options);
}

/** A model on Fireworks; key in FIREWORKS_API_KEY. */
export function fireworks(options: PresetModelOptions): Model {
  return fromPreset("fireworks", options);
}

/** A model on Groq; key in GROQ_API_KEY. */
export function groq(options: PresetModelOptions): Model {
  return fromPreset("groq", options);
}

/** A model in LM Studio on this machine; no key. */
export function lmstudio(options: PresetModelOptions): Model {
  return fromPreset("lmstudio", options);
}

/** A model of Mistral; key in MISTRAL_API_KEY. Tool-call ids of other vendors are rewritten to its form. */
export function mistral(options: PresetModelOptions): Model {
  return fromPreset("mistral", options);
}

/** A model through OpenRouter; key in OPENROUTER_API_KEY. */
export function openrouter(options: PresetModelOptions): Model {
  return fromPreset("openrouter", options);
}

/** A model on Together; key in TOGETHER_API_KEY. */
export function together(options: PresetModelOptions): Model {
  return fromPreset("together", options);
}

/** A model in vLLM, by default on this machine; a key only where one is given. */
export function vllm(options: PresetModelOptions): Model {
  return fromPreset("vllm", options);
}

/** A model of xAI; key in XAI_API_KEY. */
export function xai(options: PresetModelOptions): Model {
  return fromPreset("xai", options);
}

function fromPreset(preset: NonNullable<OpenAICompatibleOptions["preset"]>, options: PresetModelOptions): Model {
  return openaiCompatible({ ...(typeof options === "string" ? { model: options } : options), preset });
}
