import type { JsonObject, ModelInfo } from "../../spec/index.ts";

/** The versions of the specification that the adapter speaks. */
export type AiSdkVersion = "v2" | "v3" | "v4";

/**
 * The part of a Vercel AI SDK language model that the adapter uses. `LanguageModelV2`, `V3` and `V4` of
 * `@ai-sdk/provider` all fit; the package itself is not needed.
 */
export interface AiSdkLanguageModel {
  readonly specificationVersion: AiSdkVersion;
  readonly provider: string;
  readonly modelId: string;
  /** Addresses that the model fetches by itself, by media type. */
  readonly supportedUrls?: PromiseLike<Record<string, RegExp[]>> | Record<string, RegExp[]>;
  doStream(options: AiSdkCallOptions): PromiseLike<{ readonly stream: AiSdkStream }>;
}

/** What `doStream` is called with; its exact form depends on the version of the specification. */
export interface AiSdkCallOptions {
  readonly prompt: unknown;
  readonly abortSignal?: AbortSignal;
}

/** A stream of parts, as `ReadableStream` has it. */
export interface AiSdkStream {
  getReader(): AiSdkReader;
}

/** The reader of a stream. */
export interface AiSdkReader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
  cancel(reason?: unknown): Promise<void>;
}

/** Options of `aiSdk`. */
export interface AiSdkOptions {
  /** Tokens of an answer where the request says nothing. @default the model's own limit */
  readonly maxOutputTokens?: number;
  readonly info?: ModelInfo;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Settings of the vendor by its name in the AI SDK, such as `{ openai: { serviceTier: "flex" } }`. */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>;
}

const VERSIONS: readonly string[] = ["v2", "v3", "v4"];

/** Throws a `TypeError` that says what is wrong with a value that is no language model. */
export function checkLanguageModel(value: unknown): asserts value is AiSdkLanguageModel {
  if (typeof value === "string") {
    throw new TypeError(
      `aiSdk: "${value}" is the name of a model; pass the language model object that a provider of the AI SDK makes of it`,
    );
  }
  if (typeof value !== "object" || value === null || !("doStream" in value) || typeof value.doStream !== "function") {
    throw new TypeError("aiSdk: the language model has no doStream; pass what a provider of the AI SDK makes");
  }
  const version = "specificationVersion" in value ? String(value.specificationVersion) : "v1";
  if (!VERSIONS.includes(version)) {
    throw new TypeError(`aiSdk: the language model speaks specification ${version}; known are ${VERSIONS.join(", ")}`);
  }
}
