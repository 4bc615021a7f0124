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
  /** Input and output tokens together. */
  readonly tokens: number;
  /** A call broke off, and what it used is estimated; or its provider told no usage, and it is missing. */
  readonly isEstimated: boolean;
  /** USD; `undefined` as soon as one price is not known. */
  readonly cost: number | undefined;
  costByModel(): Readonly<Record<string, number | undefined>>;
}

/** A cost function for a model that was used, which may be another than the one that was asked. */
export type CostOf = (usage: Usage, model: { readonly provider: string; readonly id: string }) => number | undefined;

const NANO = 1_000_000_000;

/** Starts counting. */
export function createTotals(costOf: CostOf): Totals {
  return new RunTotals(costOf);
}

/** Money is kept in whole nano-dollars, so that sums don't drift. */
class RunTotals implements Totals {
  readonly #costOf: CostOf;
  readonly #used = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  readonly #byModel = new Map<string, number | undefined>();
  #nanos: number | undefined = 0;
  #turns = 0;
  #toolCalls = 0;
  #isEstimated = false;

  constructor(costOf: CostOf) {
    this.#costOf = costOf;
  }

  get turns(): number {
    return this.#turns;
  }

  get toolCalls(): number {
    return this.#toolCalls;
  }

  get usage(): Usage {
    return { ...this.#used };
  }

  get tokens(): number {
    return this.#used.input + this.#used.output;
  }

  get isEstimated(): boolean {
    return this.#isEstimated;
  }

  get cost(): number | undefined {
    return toUsd(this.#nanos);
  }

  addModelCall(
    used: Usage | undefined,
    model: { readonly provider: string; readonly id: string },
    options?: { readonly isEstimated: boolean },
  ): number | undefined {
    // A call of which nothing was told is missing in the counts.
    this.#isEstimated ||= used === undefined || options?.isEstimated === true;
    // Without usage nobody knows what the call cost: so the sum is not known either.
    const cost = used === undefined ? undefined : this.#costOf(used, model);
    const nanos = cost === undefined ? undefined : Math.round(cost * NANO);
    const before = this.#byModel.has(model.id) ? this.#byModel.get(model.id) : 0;
    this.#byModel.set(model.id, add(before, nanos));
    this.#nanos = add(this.#nanos, nanos);
    if (used !== undefined) addUsage(this.#used, used);
    return cost;
  }

  addTurn(): void {
    this.#turns += 1;
  }

  addToolCalls(count: number): void {
    this.#toolCalls += count;
  }

  costByModel(): Readonly<Record<string, number | undefined>> {
    return Object.fromEntries([...this.#byModel].map(([id, nanos]) => [id, toUsd(nanos)]));
  }
}

function add(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right;
}

function toUsd(nanos: number | undefined): number | undefined {
  return nanos === undefined ? undefined : nanos / NANO;
}

function addUsage(sum: { -readonly [Key in keyof Usage]: Usage[Key] }, used: Usage): void {
  sum.input += used.input;
  sum.output += used.output;
  sum.cacheRead += used.cacheRead;
  sum.cacheWrite += used.cacheWrite;
  sum.reasoning += used.reasoning;
}
