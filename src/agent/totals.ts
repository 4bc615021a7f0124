import type { Usage } from "../spec/index.ts";

/** What a run used so far. */
export interface Totals {
  /** Adds one model call and returns its cost in USD, `undefined` when the price is not known. */
  addModelCall(
    usage: Usage | undefined,
    model: { readonly provider: string; readonly id: string },
    options?: { readonly isEstimated: boolean },
  ): number | undefined;
  addTurn(): void;
  addToolCalls(count: number): void;
  readonly turns: number;
  readonly toolCalls: number;
  readonly usage: Usage;
  /** A call broke off: what it used is estimated. */
  readonly isEstimated: boolean;
  /** USD; `undefined` as soon as one price is not known. */
  readonly cost: number | undefined;
  costByModel(): Readonly<Record<string, number | undefined>>;
}

/** A cost function for a model that was used, which may be another than the one that was asked. */
export type CostOf = (usage: Usage, model: { readonly provider: string; readonly id: string }) => number | undefined;

const NANO = 1_000_000_000;

/** Starts counting. Money is kept in whole nano-dollars, so that sums don't drift. */
export function createTotals(costOf: CostOf): Totals {
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  const byModel = new Map<string, number | undefined>();
  let turns = 0;
  let toolCalls = 0;
  let isEstimated = false;

  const sum = (): number | undefined => {
    let total = 0;
    for (const nano of byModel.values()) {
      if (nano === undefined) return undefined;
      total += nano;
    }
    return total / NANO;
  };
  return {
    addModelCall(used, model, options) {
      isEstimated ||= options?.isEstimated === true;
      if (used === undefined) {
        // Nobody knows what the call cost: so the sum is not known either.
        byModel.set(model.id, undefined);
        return undefined;
      }
      for (const key of ["input", "output", "cacheRead", "cacheWrite", "reasoning"] as const) usage[key] += used[key];
      const cost = costOf(used, model);
      const before = byModel.has(model.id) ? byModel.get(model.id) : 0;
      const isKnown = cost !== undefined && before !== undefined;
      byModel.set(model.id, isKnown ? before + Math.round(cost * NANO) : undefined);
      return cost;
    },
    addTurn: () => {
      turns += 1;
    },
    addToolCalls: (count) => {
      toolCalls += count;
    },
    get turns() {
      return turns;
    },
    get toolCalls() {
      return toolCalls;
    },
    get usage() {
      return { ...usage };
    },
    get isEstimated() {
      return isEstimated;
    },
    get cost() {
      return sum();
    },
    costByModel: () =>
      Object.fromEntries([...byModel].map(([id, nano]) => [id, nano === undefined ? undefined : nano / NANO])),
  };
}
