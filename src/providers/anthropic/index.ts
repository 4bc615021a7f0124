export { anthropic } from "./anthropic.ts";
export type { AnthropicClient, AnthropicOptions, AnthropicPostOptions } from "./options.ts";
