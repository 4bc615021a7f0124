import type { Model, ModelRequest } from "../spec/index.ts";
import { isSimpleTask } from "./simple-task.ts";
import type { RouterOptions } from "./router-options.ts";

/** Where a request goes: the chosen model first, then those that take over. */
export interface Route {
  readonly order: readonly Model[];
  readonly reason: string;
  readonly excluded: readonly { readonly model: string; readonly reason: string }[];
}

/** Chooses for one request. Pure: the same request, options and latencies give the same route. */
export function chooseModel(
  request: ModelRequest,
  options: RouterOptions,
  latency: ReadonlyMap<string, number>,
): Route {
  const { models, constraints = () => true } = options;
  // Only a clear yes counts: the promise of an async function is none.
  const allowed = models.filter((model) => constraints(model, request) === true);
  const excluded = models
    .filter((model) => !allowed.includes(model))
    .map((model) => ({ model: nameOf(model), reason: "refused by constraints" }));
  const [first] = allowed;
  if (first === undefined) return { order: [], reason: "every model is refused by constraints", excluded };
  const { model, reason } = pick(first, allowed, { request, options, latency });
  const chain = (options.fallbackChain ?? allowed).flatMap((entry) => matching(entry, allowed));
  const order = [...new Set([model, ...chain])];
  return { order, reason, excluded };
}

interface Choice {
  readonly model: Model;
  readonly reason: string;
}

function pick(
  first: Model,
  allowed: readonly Model[],
  {
    request,
    options,
    latency,
  }: {
    readonly request: ModelRequest;
    readonly options: RouterOptions;
    readonly latency: ReadonlyMap<string, number>;
  },
): Choice {
  const { strategy = "manual" } = options;
  if (typeof strategy === "function") {
    const answer = strategy(request, allowed);
    const model = answer === undefined ? first : matching(answer, allowed)[0];
    if (model !== undefined) return { model, reason: "chosen by the host's function" };
    return { model: first, reason: "the host's function named a model that may not answer; the first one does" };
  }
  switch (strategy) {
    case "manual":
      return { model: first, reason: "manual: the first model" };
    case "quality_first":
      return { model: first, reason: "quality_first: the best model is the first" };
    case "latency_first":
      return pickFastest(first, allowed, { request, latency });
    case "cost_optimized":
      return pickCheap(first, allowed, { request, options });
    default:
      throw new TypeError(`Unknown strategy "${String(strategy satisfies never)}"`);
  }
}

function pickFastest(
  first: Model,
  allowed: readonly Model[],
  { request, latency }: { readonly request: ModelRequest; readonly latency: ReadonlyMap<string, number> },
): Choice {
  const answered = request.messages.findLast((message) => message.role === "assistant")?.model;
  const same = allowed.find(({ provider, id }) => provider === answered?.provider && id === answered.id);
  if (same !== undefined) return { model: same, reason: "latency_first: it has answered in this conversation before" };
  // A model that was never measured goes first once, so that all get measured.
  const measured = allowed.map((model) => ({ model, ms: latency.get(nameOf(model)) ?? 0 }));
  const fastest = measured.reduce((best, next) => (next.ms < best.ms ? next : best), { model: first, ms: Infinity });
  return { model: fastest.model, reason: `latency_first: ${Math.round(fastest.ms)} ms to the first part so far` };
}

function pickCheap(
  first: Model,
  allowed: readonly Model[],
  { request, options }: { readonly request: ModelRequest; readonly options: RouterOptions },
): Choice {
  if (!isSimpleTask(request)) return { model: first, reason: "cost_optimized: not a simple task" };
  const wanted = options.simpleTaskModel;
  const model = wanted === undefined ? cheapest(allowed, options) : matching(wanted, allowed)[0];
  if (model === undefined) return { model: first, reason: "cost_optimized: no cheaper model may answer" };
  return { model, reason: "cost_optimized: a simple task" };
}

function cheapest(allowed: readonly Model[], { prices }: RouterOptions): Model | undefined {
  let best: { readonly model: Model; readonly price: number } | undefined;
  for (const model of allowed) {
    const pricing = model.info?.pricing ?? prices?.findModel(model.id, model.provider)?.pricing;
    if (pricing === undefined) continue;
    const price = pricing.input * 3 + pricing.output;
    if (best === undefined || price < best.price) best = { model, price };
  }
  return best?.model;
}

/** The models that an entry of the options means: a model, an id, `provider/id`, or all of a provider. */
function matching(entry: string | Model, allowed: readonly Model[]): readonly Model[] {
  if (typeof entry !== "string") return allowed.includes(entry) ? [entry] : [];
  return allowed.filter((model) => model.id === entry || nameOf(model) === entry || model.provider === entry);
}

function nameOf({ provider, id }: Model): string {
  return `${provider}/${id}`;
}
