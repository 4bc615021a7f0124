export { type Catalogue, type CatalogueOptions, createCatalogue } from "./catalogue.ts";
export type { CatalogueEntry } from "./check-entry.ts";
export { defaultModel, extendCatalogue, findModel, listModels, modelNames, priceOf } from "./built-in.ts";
export {
  planCapacity,
  type CapacityPlan,
  type PlannedCost,
  type PlannedRow,
  type PlannedTask,
  type PlanOptions,
} from "./plan-capacity.ts";
export type { ModelInfo, Prices, Pricing, PricingTier, Usage } from "../spec/index.ts";
