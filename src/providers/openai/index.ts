export type { OpenAIClient, OpenAIPostOptions } from "./client.ts";
export { openai, type OpenAIOptions } from "./openai.ts";
