import type { ModelInfo } from "../../spec/index.ts";

/** Options of `google`. */
export interface GoogleOptions {
  /** The API's id of the model. */
  readonly model: string;
  /** @default the variable GEMINI_API_KEY, then GOOGLE_API_KEY */
  readonly apiKey?: string;
  /** @default the variable GOOGLE_GEMINI_BASE_URL, then the vendor's own address */
  readonly baseUrl?: string;
  /** @default "v1beta", or what a client of your own is set to */
  readonly apiVersion?: string;
  /** @default `keepAliveFetch`, which costs less than half of the global one. A client of `@google/generative-ai` takes none. */
  readonly fetch?: typeof fetch;
  readonly headers?: Readonly<Record<string, string>>;
  /** Tokens of an answer, thoughts included, where the request says nothing. @default the model's own limit */
  readonly maxOutputTokens?: number;
  readonly info?: ModelInfo;
  /** Read at the first call. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Your own client of `@google/genai` or `@google/generative-ai`; its key holds instead of the one above. The latter is
   * no longer maintained, takes no `fetch`, and follows redirects.
   */
  readonly client?: GenAIClient | GenerativeAIClient;
}

/** The part of the client of `@google/genai` that the adapter uses. */
export interface GenAIClient {
  readonly models: { generateContentStream(request: GenAIRequest): Promise<AsyncIterable<unknown>> };
}

/** One request of `GenAIClient`; `config` holds everything but the history. */
export interface GenAIRequest {
  readonly model: string;
  readonly contents: object[];
  readonly config?: object;
}

/** The part of the client of `@google/generative-ai` that the adapter uses. */
export interface GenerativeAIClient {
  getGenerativeModel(settings: { readonly model: string }, connection?: object): GenerativeAIModel;
}

/** A model of `GenerativeAIClient`. */
export interface GenerativeAIModel {
  generateContentStream(
    request: { contents: never[] },
    options?: { signal?: AbortSignal },
  ): Promise<{ readonly stream: AsyncIterable<unknown>; readonly response: Promise<unknown> }>;
}
