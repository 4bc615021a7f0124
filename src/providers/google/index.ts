export { google } from "./google.ts";
export type { GenAIClient, GenerativeAIClient, GoogleOptions } from "./options.ts";
