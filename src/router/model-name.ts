import type { Model, ModelInfo, ModelName, Prices } from "../spec/index.ts";

/** A model's name among those of all providers. */
export function nameOf({ provider, id }: ModelName): string {
  return `${provider}/${id}`;
}

/** The models that an entry of the options means: a model, an id, `provider/id`, or all of a provider. */
export function matching(entry: string | Model, models: readonly Model[]): readonly Model[] {
  if (typeof entry !== "string") return models.includes(entry) ? [entry] : [];
  return models.filter((model) => model.id === entry || nameOf(model) === entry || model.provider === entry);
}

/** What is known of a model: what it says itself, else the catalogue. */
export function infoOf(model: Model, prices: Prices | undefined): ModelInfo | undefined {
  return model.info ?? prices?.findModel(model.id, model.provider);
}
