/**
 * Tokens of one or more model calls. `input` counts every token of the prompt, also those read from or written to a
 * cache; `output` counts every token that was generated, reasoning included. The other fields are parts of these two
 * (the meaning of OpenTelemetry's `gen_ai.usage.*`).
 */
export interface Usage {
  readonly input: number;
  readonly output: number;
  /** Part of `input` that was read from the provider's cache. */
  readonly cacheRead: number;
  /** Part of `input` that was written to the provider's cache. */
  readonly cacheWrite: number;
  /** Part of `cacheWrite` that the provider keeps for an hour, where that has a price of its own. */
  readonly cacheWrite1h?: number;
  /** Part of `output` that was reasoning, where the provider tells it. */
  readonly reasoning: number;
}

/** Prices in USD for a million tokens. A price that is not known is left out, never 0. */
export interface Pricing {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** What is kept for an hour. @default the price of `cacheWrite` */
  readonly cacheWrite1h?: number;
  /** Prices that hold from so many input tokens on; the last tier that is reached counts. */
  readonly tiers?: readonly PricingTier[];
}

/** Dearer prices of a long prompt. */
export interface PricingTier {
  readonly inputTokensAbove: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** What is kept for an hour. @default the price of `cacheWrite` */
  readonly cacheWrite1h?: number;
}

/** What is known of a model. */
export interface ModelInfo {
  readonly id: string;
  readonly provider: string;
  /** Tokens that prompt and answer may have together. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly pricing?: Pricing;
  /** What it can do, as far as somebody said so: left out is not known. */
  readonly capabilities?: ModelCapabilities;
}

/** What a model can do. */
export interface ModelCapabilities {
  readonly tools?: boolean;
  /** Reads images. */
  readonly vision?: boolean;
  readonly reasoning?: boolean;
}
