/** The part of a vendor's client (`@anthropic-ai/sdk`, `openai`) that the adapters use. */
export interface SdkClient {
  post(path: string, options: SdkPostOptions): { asResponse(): Promise<Response> };
}

/** One request of `SdkClient`. */
export interface SdkPostOptions {
  readonly body: Uint8Array;
  readonly headers: Record<string, string>;
  readonly stream: true;
  readonly maxRetries: 0;
  readonly signal: AbortSignal;
}
