import type { JsonObject, ModelInfo } from "../../spec/index.ts";
import type { SdkClient, SdkPostOptions } from "../shared/index.ts";

/** Options of `anthropic`. */
export interface AnthropicOptions {
  /** The API's id of the model. */
  readonly model: string;
  /** @default the variable ANTHROPIC_API_KEY, then the token in ANTHROPIC_AUTH_TOKEN */
  readonly apiKey?: string;
  /** @default the variable ANTHROPIC_BASE_URL, then the vendor's own address */
  readonly baseUrl?: string;
  /** Takes the SDK's requests. @default our own wire beside the SDK, over keep-alive connections of `node:http(s)` */
  readonly fetch?: typeof fetch;
  /** Sent with each request, such as `anthropic-beta`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further fields of each request as the API names them (`context_management`, `service_tier`); `tools` are added to the run's own. */
  readonly extraBody?: JsonObject;
  /** Tokens of an answer where the request says nothing. @default the model's own limit where known, else 16384 */
  readonly maxOutputTokens?: number;
  /** How long the vendor keeps a prompt in its cache. @default "5m" */
  readonly promptCache?: "5m" | "1h" | "off";
  readonly info?: ModelInfo;
  /** Read at the first call. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Your own client of `@anthropic-ai/sdk`; its address, key, headers and fetch hold instead of the ones above. */
  readonly client?: AnthropicClient;
}

/** The part of the client of `@anthropic-ai/sdk` that the adapter uses. */
export type AnthropicClient = SdkClient;

/** One request of `AnthropicClient`. */
export type AnthropicPostOptions = SdkPostOptions;
