import { HarnessError } from "./harness-error.ts";

/** What is known of a provider's failure. */
export interface ProviderErrorOptions {
  readonly provider: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** Whether the same request may succeed later. */
  readonly isRetryable: boolean;
  /** Milliseconds that the provider asked to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A model provider failed: a refused request, a broken or silent stream, an answer that could not be read. */
export class ProviderError extends HarnessError {
  readonly provider: string;
  readonly status: number | undefined;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ProviderErrorOptions) {
    super(message, { code: "provider_error", cause: options.cause });
    this.provider = options.provider;
    this.status = options.status;
    this.isRetryable = options.isRetryable;
    this.retryAfterMs = options.retryAfterMs;
  }

  static override isInstance(value: unknown): value is ProviderError {
    return HarnessError.isInstance(value) && value.code === "provider_error";
  }
}
