import type { BudgetDimension, BudgetEstimate, BudgetUsage } from "../spec/index.ts";
import { addSafely, checkCount, toNanos, toUsd } from "./money.ts";

/** Whole units of each dimension: money in nano-dollars, time in milliseconds. */
export type Amount = { readonly [Dimension in BudgetDimension]: number };

/** Limits by dimension; `undefined` = none. */
export type AmountLimits = { readonly [Dimension in BudgetDimension]: number | undefined };

/** Every dimension, in the order in which limits are looked at. */
export const DIMENSIONS = ["tokens", "cost", "turns", "toolCalls", "wallMs"] as const satisfies BudgetDimension[];

/** Nothing at all. */
export const NOTHING: Amount = Object.freeze({ tokens: 0, cost: 0, turns: 0, toolCalls: 0, wallMs: 0 });

/** What a call may use at most. Throws a `RangeError` for what is no amount. */
export function toAmount({ tokens = 0, cost = 0, turns = 0, toolCalls = 0 }: BudgetEstimate): Amount {
  return {
    tokens: checkCount(tokens, "tokens"),
    cost: toNanos(cost, "cost"),
    turns: checkCount(turns, "turns"),
    toolCalls: checkCount(toolCalls, "toolCalls"),
    wallMs: 0,
  };
}

/** What was spent. Input and output are parts of `tokens`, as far as somebody told them apart. */
export interface Spending {
  readonly amount: Amount;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The cost is not known: the amount is not the whole truth. */
  readonly isCostUnknown: boolean;
}

/** All that was held, as spent: what nobody told counts. */
export function spendAll(held: Amount, estimate: BudgetEstimate): Spending {
  return { amount: held, inputTokens: 0, outputTokens: 0, isCostUnknown: estimate.cost === undefined };
}

/** What a call really used; what it does not tell is taken as held. Throws a `RangeError` for what is no amount. */
export function toSpending(actual: BudgetUsage, estimate: BudgetEstimate, held: Amount): Spending {
  const { usage, tokens, cost, turns, toolCalls } = actual;
  const inputTokens = usage === undefined ? 0 : checkCount(usage.input, "usage.input");
  const outputTokens = usage === undefined ? 0 : checkCount(usage.output, "usage.output");
  const told = tokens === undefined ? undefined : checkCount(tokens, "tokens");
  return {
    amount: {
      tokens: told ?? (usage === undefined ? held.tokens : addSafely(inputTokens, outputTokens)),
      cost: cost === undefined ? held.cost : toNanos(cost, "cost"),
      turns: turns === undefined ? held.turns : checkCount(turns, "turns"),
      toolCalls: toolCalls === undefined ? held.toolCalls : checkCount(toolCalls, "toolCalls"),
      wallMs: 0,
    },
    inputTokens,
    outputTokens,
    isCostUnknown: cost === undefined && estimate.cost === undefined,
  };
}

/** The sum, dimension by dimension. A counter that is full stays full. */
export function addAmounts(left: Amount, right: Amount): Amount {
  return {
    tokens: addSafely(left.tokens, right.tokens),
    cost: addSafely(left.cost, right.cost),
    turns: addSafely(left.turns, right.turns),
    toolCalls: addSafely(left.toolCalls, right.toolCalls),
    wallMs: addSafely(left.wallMs, right.wallMs),
  };
}

/** What is left of an amount when another is taken away; never below nothing. */
export function takeAmount(from: Amount, taken: Amount): Amount {
  return {
    tokens: Math.max(0, from.tokens - taken.tokens),
    cost: Math.max(0, from.cost - taken.cost),
    turns: Math.max(0, from.turns - taken.turns),
    toolCalls: Math.max(0, from.toolCalls - taken.toolCalls),
    wallMs: Math.max(0, from.wallMs - taken.wallMs),
  };
}

/** An amount of one dimension as people read it: USD, tokens, milliseconds. */
export function showAmount(dimension: BudgetDimension, amount: number): string {
  switch (dimension) {
    case "cost":
      return `${toUsd(amount)} USD`;
    case "tokens":
      return `${amount} tokens`;
    case "turns":
      return `${amount} turns`;
    case "toolCalls":
      return `${amount} tool calls`;
    case "wallMs":
      return `${Math.round(amount)} ms`;
    default:
      return dimension satisfies never;
  }
}
