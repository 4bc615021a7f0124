export { findOllama, type FindOllamaOptions, type FoundOllama } from "./find-ollama.ts";
export { ollama } from "./ollama.ts";
export type { OllamaOptions } from "./options.ts";
