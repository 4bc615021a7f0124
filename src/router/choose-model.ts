import type { Model, ModelRequest } from "../spec/index.ts";
import type { Breaker } from "./breaker.ts";
import { refusalOf } from "./constraints.ts";
import type { Latency } from "./latency.ts";
import { infoOf, matching, nameOf } from "./model-name.ts";
import type { RouterOptions } from "./router-options.ts";
import { judgeTask, type SimpleTaskRules } from "./simple-task.ts";

/** Where a request goes: the chosen model first, then those that take over. */
export interface Route {
  readonly order: readonly Model[];
  readonly reason: string;
  readonly strategy: string;
  readonly excluded: readonly { readonly model: string; readonly reason: string }[];
}

/** What a choice looks at besides the request. */
export interface RouteState {
  readonly options: RouterOptions;
  readonly latency: Pick<Latency, "expect">;
  readonly breaker: Pick<Breaker, "waitMs"> | undefined;
  /** The budget runs low. */
  readonly economy: boolean;
}

interface Choice {
  readonly model: Model;
  readonly reason: string;
}

/** Chooses for one request. Pure: the same request and state give the same route. */
export function chooseModel(request: ModelRequest, state: RouteState): Route {
  const { options, breaker } = state;
  const strategy = nameStrategy(options);
  const excluded: { model: string; reason: string }[] = [];
  const allowed = options.models.filter((model) => {
    const reason = refuse(model, request, options);
    if (reason !== undefined) excluded.push({ model: nameOf(model), reason });
    return reason === undefined;
  });
  const resting = allowed.filter((model) => (breaker?.waitMs(model.provider) ?? 0) > 0);
  const awake = allowed.filter((model) => !resting.includes(model));
  for (const model of awake.length === 0 ? [] : resting) {
    const seconds = Math.ceil((breaker?.waitMs(model.provider) ?? 0) / 1000);
    excluded.push({ model: nameOf(model), reason: `${model.provider} failed too often: left alone for ${seconds} s` });
  }
  // When all of them failed, one must be asked all the same.
  const able = awake.length === 0 ? resting : awake;
  const [first] = able;
  if (first === undefined) return { order: [], reason: describeNobody(excluded), strategy, excluded };
  const { model, reason } = pick(first, able, request, state);
  const chain = (options.fallbackChain ?? able).flatMap((entry) => matching(entry, able));
  return { order: [...new Set([model, ...chain])], reason, strategy, excluded };
}

function describeNobody(excluded: Route["excluded"]): string {
  const reasons = excluded.map(({ model, reason }) => `${model}: ${reason}`).join("; ");
  return `every model is refused by constraints (${reasons})`;
}

function refuse(model: Model, request: ModelRequest, { constraints = {}, prices }: RouterOptions): string | undefined {
  const rules = typeof constraints === "function" ? { allow: constraints } : constraints;
  return refusalOf(model, request, { constraints: rules, info: infoOf(model, prices) });
}

function nameStrategy({ strategy = "manual" }: RouterOptions): string {
  return typeof strategy === "function" ? "function" : strategy;
}

function pick(first: Model, able: readonly Model[], request: ModelRequest, state: RouteState): Choice {
  const { options, latency, economy } = state;
  const { strategy = "manual" } = options;
  if (economy) {
    const model = cheapest(able, options);
    if (model !== undefined) return { model, reason: "economy: the budget runs low, so the cheapest" };
  }
  if (typeof strategy === "function") return pickByFunction(strategy(request, able), first, able);
  switch (strategy) {
    case "manual":
      return atWork(request, able, strategy) ?? { model: first, reason: "manual: the first model" };
    case "quality_first":
      return atWork(request, able, strategy) ?? { model: first, reason: "quality_first: the best model is the first" };
    case "latency_first":
      return answeredBefore(request, able, strategy) ?? pickFastest(first, able, latency);
    case "cost_optimized":
      return pickCheap(first, able, request, options);
    default:
      throw new TypeError(`Unknown strategy "${String(strategy satisfies never)}"`);
  }
}

function pickByFunction(answer: Model | string | undefined, first: Model, able: readonly Model[]): Choice {
  const model = answer === undefined ? first : matching(answer, able)[0];
  if (model !== undefined) return { model, reason: "chosen by the host's function" };
  return { model: first, reason: "the host's function named a model that may not answer; the first one does" };
}

/** Whoever has answered goes on: another one would read the whole conversation without a cache. */
function answeredBefore({ messages }: ModelRequest, able: readonly Model[], strategy: string): Choice | undefined {
  const last = messages.findLast((message) => message.role === "assistant")?.model;
  const model = able.find(({ provider, id }) => provider === last?.provider && id === last.id);
  return model && { model, reason: `${strategy}: it has answered in this conversation before` };
}

/**
 * Whoever works on the task that is under way, such as one that took over, finishes it: it is not handed back and forth.
 * The next task begins with the strategy's own choice.
 */
function atWork({ messages }: ModelRequest, able: readonly Model[], strategy: string): Choice | undefined {
  const start = messages.findLastIndex(
    ({ role }, at) => role === "user" && (messages[at - 1]?.role ?? "assistant") === "assistant",
  );
  const last = messages.findLast((message, at) => at > start && message.role === "assistant");
  if (last?.role !== "assistant") return undefined;
  const model = able.find(({ provider, id }) => provider === last.model.provider && id === last.model.id);
  return model && { model, reason: `${strategy}: it is at work on this task` };
}

function pickFastest(first: Model, able: readonly Model[], latency: Pick<Latency, "expect">): Choice {
  // A model that was never measured goes first once, so that all get measured.
  const measured = able.map((model) => ({ model, ms: latency.expect(nameOf(model)) }));
  const fastest = measured.reduce((best, next) => (next.ms < best.ms ? next : best), { model: first, ms: Infinity });
  return { model: fastest.model, reason: `latency_first: ${Math.round(fastest.ms)} ms to the first part so far` };
}

const NO_RULES: SimpleTaskRules = {};

function pickCheap(first: Model, able: readonly Model[], request: ModelRequest, options: RouterOptions): Choice {
  const { simpleTask = NO_RULES, simpleTaskModel: wanted } = options;
  const { isSimple, reason } =
    typeof simpleTask === "function"
      ? { isSimple: simpleTask(request) === true, reason: "the host's function says so" }
      : judgeTask(request, simpleTask);
  const model = wanted === undefined ? cheapest(able, options) : matching(wanted, able)[0];
  const worker = atWork(request, able, "cost_optimized");
  if (!isSimple) {
    // What is at work may be the model for simple tasks: that is what "not simple after all" moves away from.
    if (worker !== undefined && worker.model !== model) return worker;
    return { model: first, reason: `cost_optimized: not a simple task: ${reason}` };
  }
  if (worker !== undefined) return worker;
  if (model === undefined) return { model: first, reason: "cost_optimized: no cheaper model may answer" };
  return { model, reason: `cost_optimized: a simple task: ${reason}` };
}

/** By three tokens of prompt for one of answer. A model whose price is not known is never the cheapest. */
function cheapest(able: readonly Model[], { prices }: RouterOptions): Model | undefined {
  let best: { readonly model: Model; readonly price: number } | undefined;
  for (const model of able) {
    const pricing = infoOf(model, prices)?.pricing;
    if (pricing === undefined) continue;
    const price = pricing.input * 3 + pricing.output;
    if (best === undefined || price < best.price) best = { model, price };
  }
  return best?.model;
}
