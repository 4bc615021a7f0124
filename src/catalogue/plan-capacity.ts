import type { ModelInfo, Prices, Usage } from "../spec/index.ts";
import { findModel } from "./built-in.ts";
import { priceOf } from "./price-of.ts";

/** A kind of task that is done every day. Tokens are those of one task, over all its turns. */
export interface PlannedTask {
  readonly name: string;
  readonly perDay: number;
  /** Prompt tokens of all turns together, as a bill counts them. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** An id, an alias or `provider/id`. */
  readonly model: string;
  /** Model calls of one task. @default 1 */
  readonly turns?: number;
  /** Share of these tasks, 0 to 1, that a router gives to `simpleModel`. @default 0 */
  readonly simpleShare?: number;
  /** Share of the prompt tokens, 0 to 1, that later turns read from the cache. @default what a prompt that grows evenly over `turns` allows */
  readonly cachedShare?: number;
}

/** Options of `planCapacity`. */
export interface PlanOptions {
  /** Days that a month has. @default 30 */
  readonly days?: number;
  /** Which model simple tasks are given to. Without it nothing is routed. */
  readonly simpleModel?: string;
  /** @default the shipped catalogue */
  readonly prices?: Prices;
}

/** USD in four ways; `undefined` where a price is not known. */
export interface PlannedCost {
  /** Everything with the model that is named, nothing from a cache. */
  readonly plain: number | undefined;
  /** Simple tasks with the simple model. */
  readonly routed: number | undefined;
  /** Prompts marked for the vendor's cache. */
  readonly cached: number | undefined;
  readonly routedAndCached: number | undefined;
}

/** What one kind of task costs. */
export interface PlannedRow {
  readonly name: string;
  /** The model that was found, as `provider/id`; `undefined` when nobody knows it. */
  readonly model: string | undefined;
  readonly perDay: number;
  readonly daily: PlannedCost;
  readonly monthly: PlannedCost;
}

/** What all tasks cost. */
export interface CapacityPlan {
  readonly rows: readonly PlannedRow[];
  readonly daily: PlannedCost;
  readonly monthly: PlannedCost;
  /** Shares, 0 to 1, that routing, caching and both save against `plain`. */
  readonly savings: {
    readonly routed: number | undefined;
    readonly cached: number | undefined;
    readonly both: number | undefined;
  };
}

const WAYS = ["plain", "routed", "cached", "routedAndCached"] as const;

/**
 * What tasks will cost, before anybody runs them: tasks a day × tokens × model, with and without routing and caching.
 * Throws a `RangeError` for numbers that cannot be meant.
 *
 * @example
 * const plan = planCapacity(
 *   [{ name: "Reviews", perDay: 10, inputTokens: 40_000, outputTokens: 2_000, model: "sonnet", turns: 8, simpleShare: 0.3 }],
 *   { simpleModel: "haiku" },
 * );
 * plan.monthly.plain; // USD
 */
export function planCapacity(tasks: readonly PlannedTask[], options: PlanOptions = {}): CapacityPlan {
  const { days = 30, simpleModel, prices = { findModel, priceOf } } = options;
  if (!(days > 0)) throw new RangeError(`days must be above 0, got ${days}`);
  const simple = simpleModel === undefined ? undefined : prices.findModel(simpleModel);
  const rows = tasks.map((task) => {
    checkTask(task);
    const model = prices.findModel(task.model);
    const daily = costOf(task, { model, simple, prices, isRouted: simpleModel !== undefined });
    const name = model === undefined ? undefined : `${model.provider}/${model.id}`;
    return { name: task.name, model: name, perDay: task.perDay, daily, monthly: times(daily, days) };
  });
  const daily = sum(rows.map((row) => row.daily));
  const saved = (way: (typeof WAYS)[number]): number | undefined => share(daily.plain, daily[way]);
  const savings = { routed: saved("routed"), cached: saved("cached"), both: saved("routedAndCached") };
  return { rows, daily, monthly: times(daily, days), savings };
}

interface Costing {
  readonly model: ModelInfo | undefined;
  readonly simple: ModelInfo | undefined;
  readonly prices: Prices;
  readonly isRouted: boolean;
}

function costOf(task: PlannedTask, { model, simple, prices, isRouted }: Costing): PlannedCost {
  const { perDay } = task;
  const simpleShare = isRouted ? (task.simpleShare ?? 0) : 0;
  const each = (isCached: boolean, chosen: ModelInfo | undefined): number | undefined =>
    prices.priceOf(usageOf(task, isCached), chosen);
  const mix = (isCached: boolean): number | undefined => {
    const [named, cheap] = [each(isCached, model), simpleShare === 0 ? 0 : each(isCached, simple)];
    return named === undefined || cheap === undefined ? undefined : named * (1 - simpleShare) + cheap * simpleShare;
  };
  const daily = (cost: number | undefined): number | undefined => (cost === undefined ? undefined : cost * perDay);
  return {
    plain: daily(each(false, model)),
    routed: daily(mix(false)),
    cached: daily(each(true, model)),
    routedAndCached: daily(mix(true)),
  };
}

/** With a cache, what is read again costs little, and what is new costs a little more, since it is written there. */
function usageOf(task: PlannedTask, isCached: boolean): Usage {
  const { inputTokens: input, outputTokens: output, turns = 1 } = task;
  // A prompt that grows evenly is sent 1 + 2 + … + n times its first size; of that, n times is new.
  const { cachedShare = 1 - 2 / (turns + 1) } = task;
  const cacheRead = isCached ? Math.round(input * cachedShare) : 0;
  // Who has one turn only marks nothing: it would pay for writing what nobody reads.
  const cacheWrite = cacheRead > 0 ? input - cacheRead : 0;
  return { input, output, cacheRead, cacheWrite, reasoning: 0 };
}

function checkTask(task: PlannedTask): void {
  const { name, perDay, inputTokens, outputTokens, turns = 1, simpleShare = 0, cachedShare = 0 } = task;
  const check = (isValid: boolean, field: string, what: string): void => {
    if (!isValid) throw new RangeError(`${name}: ${field} must be ${what}`);
  };
  check(Number.isFinite(perDay) && perDay >= 0, "perDay", "a number from 0 on");
  check(Number.isSafeInteger(inputTokens) && inputTokens >= 0, "inputTokens", "a whole number from 0 on");
  check(Number.isSafeInteger(outputTokens) && outputTokens >= 0, "outputTokens", "a whole number from 0 on");
  check(Number.isSafeInteger(turns) && turns >= 1, "turns", "a whole number from 1 on");
  check(simpleShare >= 0 && simpleShare <= 1, "simpleShare", "from 0 to 1");
  check(cachedShare >= 0 && cachedShare <= 1, "cachedShare", "from 0 to 1");
}

function sum(costs: readonly PlannedCost[]): PlannedCost {
  return mapWays((way) => {
    let total: number | undefined = 0;
    for (const { [way]: cost } of costs) total = total === undefined || cost === undefined ? undefined : total + cost;
    return total;
  });
}

function times(cost: PlannedCost, factor: number): PlannedCost {
  return mapWays((way) => {
    const { [way]: usd } = cost;
    return usd === undefined ? undefined : usd * factor;
  });
}

function mapWays(read: (way: (typeof WAYS)[number]) => number | undefined): PlannedCost {
  return {
    plain: read("plain"),
    routed: read("routed"),
    cached: read("cached"),
    routedAndCached: read("routedAndCached"),
  };
}

function share(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined || before === 0 ? undefined : 1 - after / before;
}
