import { checkKnownNames, type KnownNames } from "../errors/index.ts";
import type { Model } from "../spec/index.ts";
import type { ModelTraits, RouterConstraints } from "./constraints.ts";
import { ROUTER_OPTION_NAMES } from "./router-option-names.ts";
import type { RouterOptions } from "./router-options.ts";

const CONSTRAINTS: KnownNames<RouterConstraints> = {
  regions: true,
  dataLabels: true,
  maxInputPrice: true,
  maxOutputPrice: true,
  traits: true,
  allow: true,
};
const TRAITS: KnownNames<ModelTraits> = { region: true, clearedFor: true };

/**
 * Refuses what would not hold: options and constraints that nobody reads. Throws a `TypeError`. Gives the first of the
 * models.
 */
export function checkRouterOptions(options: RouterOptions): Model {
  checkKnownNames("A router", options, ROUTER_OPTION_NAMES);
  const first = checkModels(options.models);
  const { constraints } = options;
  if (typeof constraints === "object") {
    checkKnownNames("constraints of a router", constraints, CONSTRAINTS);
    for (const [name, traits] of Object.entries(constraints.traits ?? {})) {
      checkKnownNames(`constraints.traits of ${name}`, traits, TRAITS);
    }
  }
  return first;
}

/** The first of the models. What JavaScript may pass, none or names in their place, would fail at the first call. */
function checkModels(models: unknown): Model {
  const list: readonly unknown[] = Array.isArray(models) ? models : [];
  const wrong = list.findIndex((model) => !isModel(model));
  if (wrong !== -1) throw new TypeError(`models[${wrong}] is no model: make one with a provider, such as anthropic()`);
  const [first] = list;
  if (!isModel(first)) throw new TypeError("A router needs at least one model: pass models");
  return first;
}

function isModel(value: unknown): value is Model {
  return typeof value === "object" && value !== null && "stream" in value && typeof value.stream === "function";
}
