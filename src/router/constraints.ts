import type { Model, ModelInfo, ModelRequest } from "../spec/index.ts";
import { nameOf } from "./model-name.ts";

/**
 * What a model must be to answer at all. What nobody said of a model counts against it where people's rules are
 * concerned (regions, data labels, prices), and for it where only the request's form is (tools, images, context).
 */
export interface RouterConstraints {
  /** Regions in which data may be processed: a model must be in one of them. */
  readonly regions?: readonly string[];
  /** Labels of the data in the requests: a model must be cleared for all of them. */
  readonly dataLabels?: readonly string[];
  /** USD for a million tokens at the most, by the dearest tier. */
  readonly maxInputPrice?: number;
  readonly maxOutputPrice?: number;
  /** What is known of models, by provider or `provider/id`; the longer name goes first. */
  readonly traits?: Readonly<Record<string, ModelTraits>>;
  /** Anything else. A throw, and any answer but `true`, is a no. */
  readonly allow?: (model: Model, request: ModelRequest) => boolean;
}

/** What a host knows of a model that no catalogue tells. */
export interface ModelTraits {
  /** Where it runs: "eu", "us-east", "on-premises" … */
  readonly region?: string;
  /** Labels of data that it may see. */
  readonly clearedFor?: readonly string[];
}

/** Why a model may not answer a request; `undefined` when it may. */
export function refusalOf(
  model: Model,
  request: ModelRequest,
  { constraints, info }: { readonly constraints: RouterConstraints; readonly info: ModelInfo | undefined },
): string | undefined {
  return (
    refuseForm(request, info) ??
    refusePlace(model, constraints) ??
    refusePrice(info, constraints) ??
    refuseOwn(model, request, constraints)
  );
}

/** Characters of a token: few, so that a request that just fits is not sent to a model that it does not fit. */
const CHARS_PER_TOKEN = 4;

function refuseForm(request: ModelRequest, info: ModelInfo | undefined): string | undefined {
  const { contextWindow, capabilities } = info ?? {};
  if (request.tools.length > 0 && capabilities?.tools === false) return "it cannot call tools";
  if (capabilities?.vision === false && hasImages(request)) return "it cannot see images";
  if (contextWindow === undefined) return undefined;
  const tokens = Math.ceil(charactersOf(request) / CHARS_PER_TOKEN);
  if (tokens < contextWindow) return undefined;
  return `the request has about ${tokens} tokens and its context window is ${contextWindow}`;
}

function refusePlace(model: Model, { regions, dataLabels, traits = {} }: RouterConstraints): string | undefined {
  const { region, clearedFor = [] } = traitsOf(model, traits);
  if (regions !== undefined && (region === undefined || !regions.includes(region))) {
    return `its region is ${region ?? "not known"} and must be ${regions.join(" or ")}`;
  }
  const missing = (dataLabels ?? []).filter((label) => !clearedFor.includes(label));
  return missing.length === 0 ? undefined : `it is not cleared for data labelled ${missing.join(", ")}`;
}

function traitsOf({ provider, id }: Model, traits: Readonly<Record<string, ModelTraits>>): ModelTraits {
  for (const name of [nameOf({ provider, id }), id, provider]) {
    const found = Object.hasOwn(traits, name) ? traits[name] : undefined;
    if (found !== undefined) return found;
  }
  return {};
}

function refusePrice(info: ModelInfo | undefined, constraints: RouterConstraints): string | undefined {
  const { maxInputPrice, maxOutputPrice } = constraints;
  if (maxInputPrice === undefined && maxOutputPrice === undefined) return undefined;
  const pricing = info?.pricing;
  if (pricing === undefined) return "its price is not known and must not be above a limit";
  const all = [pricing, ...(pricing.tiers ?? [])];
  const input = Math.max(...all.map((tier) => tier.input));
  const output = Math.max(...all.map((tier) => tier.output));
  if (input > (maxInputPrice ?? Infinity)) return `a million tokens of input cost ${input} USD, above ${maxInputPrice}`;
  if (output > (maxOutputPrice ?? Infinity))
    return `a million tokens of output cost ${output} USD, above ${maxOutputPrice}`;
  return undefined;
}

function refuseOwn(model: Model, request: ModelRequest, { allow }: RouterConstraints): string | undefined {
  // Only a clear yes counts: the promise of an async function is none.
  return allow === undefined || allow(model, request) === true ? undefined : "refused by constraints";
}

function hasImages({ messages }: ModelRequest): boolean {
  return messages.some(({ content }) =>
    content.some((part) => {
      if (part.type === "image") return true;
      return (
        part.type === "tool-result" &&
        typeof part.content !== "string" &&
        part.content.some(({ type }) => type === "image")
      );
    }),
  );
}

function charactersOf({ system = "", messages }: ModelRequest): number {
  let size = system.length;
  for (const { content } of messages) {
    for (const part of content) {
      if (part.type === "text" || part.type === "reasoning") size += part.text.length;
      else if (part.type === "tool-result" && typeof part.content === "string") size += part.content.length;
    }
  }
  return size;
}
