import type { ModelInfo, Usage } from "./usage.ts";

/** The port to what is known of models and their prices. */
export interface Prices {
  findModel(id: string, provider?: string): ModelInfo | undefined;
  /** USD, or `undefined` when the price is not known. */
  priceOf(usage: Usage, model: ModelInfo | undefined): number | undefined;
}
