import type { BudgetSnapshot } from "../spec/index.ts";
import type { Amount, AmountLimits } from "./amount.ts";
import { toUsd } from "./money.ts";

/** What a snapshot is made of, in whole units. */
export interface BudgetState {
  readonly used: Amount;
  readonly held: Amount;
  readonly max: AmountLimits;
  readonly remaining: AmountLimits;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly isDegraded: boolean;
}

/** The state of a budget as callers read it. */
export function describeState(state: BudgetState): BudgetSnapshot {
  const { used, held, max, remaining, inputTokens, outputTokens, isDegraded } = state;
  return Object.freeze({
    tokensUsed: used.tokens,
    inputTokensUsed: inputTokens,
    outputTokensUsed: outputTokens,
    costUsed: toUsd(used.cost),
    turnsUsed: used.turns,
    toolCallsUsed: used.toolCalls,
    wallMsUsed: Math.round(used.wallMs),
    tokensReserved: held.tokens,
    costReserved: toUsd(held.cost),
    maxTokens: max.tokens,
    maxCost: toUsdOrNone(max.cost),
    maxTurns: max.turns,
    maxToolCalls: max.toolCalls,
    maxWallMs: max.wallMs,
    tokensRemaining: remaining.tokens,
    costRemaining: toUsdOrNone(remaining.cost),
    turnsRemaining: remaining.turns,
    toolCallsRemaining: remaining.toolCalls,
    wallMsRemaining: remaining.wallMs === undefined ? undefined : Math.ceil(remaining.wallMs),
    isDegraded,
  });
}

function toUsdOrNone(nanos: number | undefined): number | undefined {
  return nanos === undefined ? undefined : toUsd(nanos);
}
