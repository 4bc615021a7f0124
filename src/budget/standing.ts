import { BudgetExhaustedError } from "../errors/index.ts";
import type {
  BudgetDimension,
  BudgetEstimate,
  BudgetScope,
  BudgetSnapshot,
  BudgetWarning,
  UnknownCostRule,
} from "../spec/index.ts";
import { DIMENSIONS, showAmount, type Amount } from "./amount.ts";
import type { CheckedLimits } from "./check-limits.ts";
import { addSafely } from "./money.ts";
import { describeState } from "./snapshot.ts";

/** One set of limits and what counts against it, wherever that is kept: in this process or in a ledger of several. */
export interface Standing {
  readonly limits: CheckedLimits;
  readonly scope: BudgetScope | undefined;
  /** Whose budget it is, for messages: "of the session"; "" where nobody said. */
  readonly owner: string;
  readonly rule: UnknownCostRule;
  readonly held: Amount;
  readonly input: number;
  readonly output: number;
  readonly hasUnknownCost: boolean;
  /** Dimensions that refused something since the last window was granted. */
  readonly refused: Set<BudgetDimension>;
  /** Thresholds that were told. */
  readonly warned: Set<string>;
  used(dimension: BudgetDimension): number;
  /** Windows that were granted after the first. */
  windows(dimension: BudgetDimension): number;
}

/** The limit of a dimension with all windows that were granted; `undefined` without a limit. */
export function limitOf(standing: Standing, dimension: BudgetDimension): number | undefined {
  const limit = standing.limits.max[dimension];
  return limit === undefined ? undefined : addSafely(limit, limit * standing.windows(dimension));
}

/** What is left of a dimension, reservations counted; `undefined` without a limit. */
function remainingOf(standing: Standing, dimension: BudgetDimension): number | undefined {
  const limit = limitOf(standing, dimension);
  return limit === undefined ? undefined : Math.max(0, limit - standing.used(dimension) - standing.held[dimension]);
}

/** The used share of a limit, 0 to 1; `undefined` without a limit. */
export function shareOf(standing: Standing, dimension: BudgetDimension): number | undefined {
  const limit = limitOf(standing, dimension);
  if (limit === undefined) return undefined;
  return limit === 0 ? 1 : Math.min(1, standing.used(dimension) / limit);
}

/** The budget of one dimension, as messages name it. */
function describeBudget({ owner }: Standing, dimension: BudgetDimension): string {
  const name = { tokens: "token", cost: "cost", turns: "turn", toolCalls: "tool call", wallMs: "time" }[dimension];
  return owner === "" ? `${name} budget` : `${name} budget ${owner}`;
}

/** Why a cost that nobody knows is refused, and the ways out. */
const UNKNOWN_COST =
  "A cost is not known, so the cost budget cannot hold: give the model's price (extendCatalogue or prices), " +
  'limit tokens instead (maxTokens), or set onUnknownCost: "count_as_zero"';

/** What is asked of a budget. */
export interface Asked {
  readonly estimate: BudgetEstimate;
  readonly amount: Amount;
  /** Goes before the rules of the limits themselves. */
  readonly rule?: UnknownCostRule;
}

/**
 * Throws `BudgetExhaustedError` when one of the limits does not leave as much as is asked for. A dimension of which
 * nothing is asked (0) is never refused, but for time, which every call needs.
 */
export function checkFits(standings: readonly Standing[], { estimate, amount, rule }: Asked): void {
  // A call that is free by its estimate cannot make an unknown cost worse.
  const isFree = estimate.cost === 0;
  for (const each of standings) {
    for (const dimension of DIMENSIONS) {
      const remaining = remainingOf(each, dimension);
      const wanted = Math.max(amount[dimension], leastNeeded(dimension, estimate));
      if (remaining === undefined || wanted <= remaining) continue;
      const limit = showAmount(dimension, limitOf(each, dimension) ?? 0);
      throw refuse(
        standings,
        { each, dimension },
        `The call needs ${showAmount(dimension, wanted)} and the ${describeBudget(each, dimension)} leaves ` +
          `${showAmount(dimension, remaining)} of ${limit}`,
      );
    }
    if (!isFree) refuseUnknown(standings, each, { rule: rule ?? each.rule, isAsked: estimate.cost === undefined });
  }
}

/** Of what nobody estimated, a call needs at least one. */
function leastNeeded(dimension: BudgetDimension, estimate: BudgetEstimate): number {
  if (dimension === "wallMs") return 1;
  return dimension === "tokens" && estimate.tokens === undefined ? 1 : 0;
}

/** Throws `BudgetExhaustedError` when one of the limits is reached, or cannot be watched for want of a price. */
export function checkSpent(standings: readonly Standing[], rule: UnknownCostRule): void {
  for (const each of standings) {
    for (const dimension of DIMENSIONS) {
      const limit = limitOf(each, dimension);
      const used = each.used(dimension);
      if (limit === undefined || used < limit) continue;
      const state = `${showAmount(dimension, used)} of ${showAmount(dimension, limit)} used`;
      throw refuse(standings, { each, dimension }, `The ${describeBudget(each, dimension)} is spent: ${state}`);
    }
    refuseUnknown(standings, each, { rule, isAsked: false });
  }
}

function refuseUnknown(
  standings: readonly Standing[],
  each: Standing,
  { rule, isAsked }: { readonly rule: UnknownCostRule; readonly isAsked: boolean },
): void {
  if (rule === "count_as_zero" || each.limits.max.cost === undefined) return;
  if (!each.hasUnknownCost && !isAsked) return;
  throw new BudgetExhaustedError(UNKNOWN_COST, { snapshot: snapshotOf(standings) });
}

function refuse(
  standings: readonly Standing[],
  { each, dimension }: { readonly each: Standing; readonly dimension: BudgetDimension },
  message: string,
): BudgetExhaustedError {
  each.refused.add(dimension);
  const isExtendable = each.limits.onLimit === "ask";
  return new BudgetExhaustedError(message, { snapshot: snapshotOf(standings), isExtendable });
}

/** The next limit that has passed a threshold nobody was told of; the highest one that was passed counts. */
export function findWarning(standings: readonly Standing[]): BudgetWarning | undefined {
  for (const each of standings) {
    for (const dimension of DIMENSIONS) {
      const share = shareOf(each, dimension);
      if (share === undefined || !passesNew(each, dimension, share)) continue;
      const scope = each.scope === undefined ? {} : { scope: each.scope };
      return { limit: dimension, ...scope, share, snapshot: snapshotOf([each]) };
    }
  }
  return undefined;
}

/** Whether a share is above a threshold that nobody was told of; from then on it was told. */
function passesNew({ limits, warned }: Standing, dimension: BudgetDimension, share: number): boolean {
  let isNew = false;
  for (const threshold of limits.warnAt) {
    if (share < threshold || warned.has(`${dimension} ${threshold}`)) continue;
    warned.add(`${dimension} ${threshold}`);
    isNew = true;
  }
  return isNew;
}

/** The state of limits that hold together: what is used and allowed is what the first counts, what remains is the least of all. */
export function snapshotOf(standings: readonly Standing[]): BudgetSnapshot {
  const [first] = standings;
  if (first === undefined) throw new TypeError("A budget needs at least one set of limits");
  return describeState({
    used: pick((dimension) => first.used(dimension)),
    held: first.held,
    max: pick((dimension) => limitOf(first, dimension)),
    remaining: pick((dimension) => leastRemaining(standings, dimension)),
    inputTokens: first.input,
    outputTokens: first.output,
    isDegraded: standings.some(isDegraded),
  });
}

function isDegraded(standing: Standing): boolean {
  const { degradeAt } = standing.limits;
  if (degradeAt === undefined) return false;
  return (shareOf(standing, "cost") ?? 0) >= degradeAt || (shareOf(standing, "tokens") ?? 0) >= degradeAt;
}

function pick<Value>(read: (dimension: BudgetDimension) => Value): { readonly [Dimension in BudgetDimension]: Value } {
  return {
    tokens: read("tokens"),
    cost: read("cost"),
    turns: read("turns"),
    toolCalls: read("toolCalls"),
    wallMs: read("wallMs"),
  };
}

function leastRemaining(standings: readonly Standing[], dimension: BudgetDimension): number | undefined {
  let least: number | undefined;
  for (const each of standings) {
    const remaining = remainingOf(each, dimension);
    if (remaining !== undefined && (least === undefined || remaining < least)) least = remaining;
  }
  return least;
}
